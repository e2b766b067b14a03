/** The Resource Manager stand-in alone, asked as whoever a test wants to be. */
import { join } from 'node:path';
import type { Clock } from '../../infra/local/emulator/clock';
import {
  startResourceManager,
  type ResourceManager,
  type ResourceManagerOptions,
} from '../../infra/local/resource-manager/resource-manager';
import { sample } from '../../infra/local/seed/sample';
import type { VerifyToken } from '../../infra/local/emulator/tokens';
import { testEmulatorContext, type TestEmulatorContext } from './emulator-context';

export const reader: string = sample.contoso.app.objectId;
export const stranger = 'c0c0a000-0000-4000-8000-0000000000ff';
export const sampleGroup = `/subscriptions/${sample.contoso.subscription.subscriptionId}/resourceGroups/${sample.contoso.resourceGroup}`;

export const fixtureFactories = join(__dirname, '../fixtures/factories');

/** A token is whose it is: the object id, and perhaps another tenant. */
export const tokenFor = (oid: string, tid: string = sample.contoso.tenantId) =>
  `Bearer ${oid}@${tid}`;

const verify: VerifyToken = async (authorization, audiences) => {
  const [, oid, tid] = /^Bearer ([^@]+)@(.+)$/.exec(authorization ?? '') ?? [];
  return oid && tid ? { oid, tid, aud: audiences[0]! } : undefined;
};

interface Asked {
  /** Nobody when null. */
  readonly as?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** JSON of an answer, which a test looks into without narrowing it first. */
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

export interface AskedManager {
  readonly manager: ResourceManager;
  readonly context: TestEmulatorContext;
  readonly clock: Clock;
  /** `path` is below the server, or a whole link. */
  ask(
    method: string,
    path: string,
    asked?: Asked,
  ): Promise<{ status: number; headers: Headers; body: Body }>;
  /** Below one factory, with the api-version of Data Factory. */
  get(path: string, headers?: Record<string, string>): ReturnType<AskedManager['ask']>;
  query(path: string, body: unknown): ReturnType<AskedManager['ask']>;
  stop(): Promise<void>;
}

export async function askedManager(
  options: Partial<ResourceManagerOptions> = {},
): Promise<AskedManager> {
  const surroundings = await testEmulatorContext();
  const manager = await startResourceManager(surroundings, {
    verify,
    factories: [join(fixtureFactories, 'git-layout')],
    latencyMs: 0,
    ...options,
  });

  const ask: AskedManager['ask'] = async (method, path, { as = reader, body, headers } = {}) => {
    const url = path.startsWith('https:') ? path : manager.url + path;
    const response = await fetch(url, {
      method,
      headers: {
        ...(as !== null && { authorization: as.includes('@') ? as : tokenFor(as) }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status } = response;
    return { status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  const inFactories = (path: string) =>
    `${sampleGroup}/providers/Microsoft.DataFactory/factories/${path}?api-version=2018-06-01`;

  return {
    manager,
    context: surroundings,
    clock: surroundings.clock,
    ask,
    get: (path, headers = {}) => ask('GET', inFactories(path), { headers }),
    query: (path, body) => ask('POST', inFactories(path), { body }),
    async stop() {
      await manager.stop();
      await surroundings.remove();
    },
  };
}
