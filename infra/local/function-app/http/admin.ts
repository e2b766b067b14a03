/** The endpoints of the host below /admin. All but the ping require the master key. */
import type { IncomingMessage } from 'node:http';
import { json, type HttpResponse } from './http-response';
import { isAllowed, presentedKey, type Keys } from './keys';
import type { Invoke, TypedData } from '../durable/durable-runtime';
import { activityPath, answerPeer } from '../workers/peers';
import { readBody } from './request-body';

export interface AdminOptions {
  readonly keys: Keys;
  readonly hubName: string;
  /** Runs an activity for another worker. */
  readonly invoke: Invoke;
  /**
   * Returns the trigger of a function and, for a timer, how to run it. A run rejects with the
   * function's error.
   */
  readonly find: (
    name: string,
  ) => { readonly trigger: string; readonly run?: () => Promise<void> } | undefined;
}

export const isAdmin = (path: string) => /^\/admin(\/|$)/i.test(path);

export function createAdmin({ keys, hubName, invoke, find }: AdminOptions) {
  return async (incoming: IncomingMessage, url: URL): Promise<HttpResponse> => {
    const path = url.pathname.toLowerCase().replace(/\/$/, '');
    const route = `${incoming.method} ${path}`;
    if (route === 'GET /admin/host/ping') return { status: 200 };
    if (!isAllowed(keys, 'admin', presentedKey(incoming.headers, url.searchParams)))
      return { status: 401 };

    if (route === 'GET /admin/host/status') return json(200, hostStatus(hubName));
    if (route === 'GET /admin/host/keys')
      return json(200, { keys: [{ name: 'default', value: keys.function }] });
    if (incoming.method === 'POST' && url.pathname.startsWith(activityPath)) {
      const body = await readBody(incoming, maxTriggerBytes);
      const trigger = JSON.parse(body.toString('utf8')) as TypedData;
      const name = url.pathname.slice(activityPath.length);
      const { traceparent } = incoming.headers as Record<string, string | undefined>;
      return json(200, await answerPeer(invoke, name, trigger, traceparent));
    }
    const name = /^\/admin\/functions\/([^/]+)\/?$/i.exec(url.pathname)?.[1];
    if (name === undefined || incoming.method !== 'POST') return { status: 404 };
    return start(name, url.searchParams.get('wait') === 'true');
  };

  async function start(name: string, wait: boolean): Promise<HttpResponse> {
    const fn = find(name);
    if (!fn) return { status: 404 };
    if (!fn.run)
      return json(400, {
        message: `A function with a ${fn.trigger} cannot be run by this endpoint.`,
      });
    const ran = fn.run().then(
      () => json(200, { succeeded: true }),
      (error: unknown) => json(500, { succeeded: false, message: String(error) }),
    );
    return wait ? ran : { status: 202 };
  }
}

const maxTriggerBytes = 16_777_216;

const hostStatus = (id: string) => ({
  id,
  state: 'Running',
  version: '4.0.0',
  processUptime: Math.round(process.uptime() * 1_000),
});
