/** The host's own endpoints below /admin, for whoever has the master key. */
import type { IncomingMessage } from 'node:http';
import { json, type HttpResponse } from './http-response';
import { isAllowed, presentedKey, type Keys } from './keys';

export interface AdminOptions {
  readonly keys: Keys;
  readonly hubName: string;
  /** How a function is triggered, and how it is run from here; a run rejects with what the function threw. */
  readonly find: (
    name: string,
  ) => { readonly trigger: string; readonly run?: () => Promise<void> } | undefined;
}

export const isAdmin = (path: string) => /^\/admin(\/|$)/i.test(path);

export function createAdmin({ keys, hubName, find }: AdminOptions) {
  return async (incoming: IncomingMessage, url: URL): Promise<HttpResponse> => {
    const path = url.pathname.toLowerCase().replace(/\/$/, '');
    const ask = `${incoming.method} ${path}`;
    if (ask === 'GET /admin/host/ping') return { status: 200 };
    if (!isAllowed(keys, 'admin', presentedKey(incoming.headers, url.searchParams)))
      return { status: 401 };

    if (ask === 'GET /admin/host/status') return json(200, hostStatus(hubName));
    if (ask === 'GET /admin/host/keys')
      return json(200, { keys: [{ name: 'default', value: keys.function }] });
    const name = /^\/admin\/functions\/([^/]+)\/?$/i.exec(url.pathname)?.[1];
    if (name === undefined || incoming.method !== 'POST') return { status: 404 };
    return start(name, url.searchParams.get('wait') === 'true');
  };

  async function start(name: string, wait: boolean): Promise<HttpResponse> {
    const called = find(name);
    if (!called) return { status: 404 };
    if (!called.run)
      return json(400, {
        message: `A function with a ${called.trigger} is not started from here.`,
      });
    const ran = called.run().then(
      () => json(200, { succeeded: true }),
      (error: unknown) => json(500, { succeeded: false, message: String(error) }),
    );
    return wait ? ran : { status: 202 };
  }
}

const hostStatus = (id: string) => ({
  id,
  state: 'Running',
  version: '4.0.0',
  processUptime: Math.round(process.uptime() * 1_000),
});
