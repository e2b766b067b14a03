/** The Resource Manager emulator alone. A test chooses the caller of each request. */
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

/** Bearer token that names its caller: object id and tenant. */
export const tokenFor = (oid: string, tid: string = sample.contoso.tenantId) =>
  `Bearer ${oid}@${tid}`;

const verify: VerifyToken = async (authorization, audiences) => {
  const [, oid, tid] = /^Bearer ([^@]+)@(.+)$/.exec(authorization ?? '') ?? [];
  return oid && tid ? { oid, tid, aud: audiences[0]! } : undefined;
};

interface RequestOptions {
  /** Object id or token of the caller. Null sends no token. */
  readonly as?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** JSON of a response. A test reads it without narrowing. */
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

export interface ManagerClient {
  readonly manager: ResourceManager;
  readonly context: TestEmulatorContext;
  readonly clock: Clock;
  /** `path` is relative to the server, or an absolute URL. */
  request(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<{ status: number; headers: Headers; body: Body }>;
  /** `path` is relative to the factories of the sample group; the api-version is added. */
  get(path: string, headers?: Record<string, string>): ReturnType<ManagerClient['request']>;
  query(path: string, body: unknown): ReturnType<ManagerClient['request']>;
  stop(): Promise<void>;
}

export async function startManager(
  options: Partial<ResourceManagerOptions> = {},
): Promise<ManagerClient> {
  const emulatorContext = await testEmulatorContext();
  const manager = await startResourceManager(emulatorContext, {
    verify,
    factories: [join(fixtureFactories, 'git-layout')],
    latencyMs: 0,
    ...options,
  });

  const request: ManagerClient['request'] = async (
    method,
    path,
    { as = reader, body, headers } = {},
  ) => {
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
    context: emulatorContext,
    clock: emulatorContext.clock,
    request,
    get: (path, headers = {}) => request('GET', inFactories(path), { headers }),
    query: (path, body) => request('POST', inFactories(path), { body }),
    async stop() {
      await manager.stop();
      await emulatorContext.remove();
    },
  };
}
