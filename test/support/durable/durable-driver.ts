/**
 * The Durable runtime with a Functions host around it that is as small as can be: real generator orchestrators of
 * the unmodified library on one side, its real client over HTTP on the other.
 */
import { InvocationContext } from '@azure/functions';
import { getClient, type DurableClient, type OrchestrationHandler } from 'durable-functions';
// What app.orchestration registers.
import { createOrchestrator } from 'durable-functions/lib/src/util/testingUtils';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type {
  DurableRuntime,
  TypedData,
} from '../../../infra/local/function-app/durable/durable-runtime';
import type { Delivery } from '../../../infra/local/function-app/durable/delivery';
import type { Versioning } from '../../../infra/local/function-app/durable/versioning';
import { startDurable } from '../../../infra/local/function-app/durable/runtime';
import { until } from '../until';

export interface Functions {
  readonly orchestrators?: Readonly<Record<string, OrchestrationHandler>>;
  readonly activities?: Readonly<Record<string, (input: never) => unknown>>;
  readonly entities?: readonly string[];
}

export interface DriverOptions extends Functions, Versioning, Delivery {
  readonly storage: string;
  readonly hubName: string;
  readonly maxActivities?: number;
  readonly log?: (line: string) => void;
  /** Called before a function runs. */
  readonly onInvoke?: (name: string) => void | Promise<void>;
  /** Called before the runtime gets a request of a client. */
  readonly onRequest?: (path: string) => void | Promise<void>;
}

export interface Driver {
  readonly runtime: DurableRuntime;
  readonly client: DurableClient;
  /** Context of an invocation with this client. */
  readonly context: InvocationContext;
  /** Ends with a slash. */
  readonly url: string;
  /** Names of the functions that ran, in order. */
  readonly invoked: readonly string[];
  stop(): Promise<void>;
}

const webhooks = '/runtime/webhooks/durabletask';

export async function startDriver(options: DriverOptions): Promise<Driver> {
  const { orchestrators = {}, activities = {}, entities = [], onInvoke } = options;
  const invoked: string[] = [];
  const { hopMs, redeliver, redeliverAfterMs } = options;
  const runtime = await startDurable({
    ...(hopMs && { hopMs }),
    ...(redeliver !== undefined && { redeliver }),
    ...(redeliverAfterMs && { redeliverAfterMs }),
    invoke: async (name, trigger) => {
      invoked.push(name);
      await onInvoke?.(name);
      const context = new InvocationContext({ functionName: name, logHandler: () => undefined });
      const orchestrator = orchestrators[name];
      const run = orchestrator
        ? createOrchestrator(orchestrator)
        : (activities[name] as (input: unknown) => unknown);
      return outgoing(await run(incoming(trigger), context));
    },
    orchestrators: Object.keys(orchestrators),
    activities: Object.keys(activities),
    entities,
    storage: options.storage,
    hubName: options.hubName,
    defaultVersion: options.defaultVersion,
    versionMatchStrategy: options.versionMatchStrategy,
    versionFailureStrategy: options.versionFailureStrategy,
    maxConcurrentActivityFunctions: options.maxActivities ?? 16,
    maxConcurrentOrchestratorFunctions: 16,
    log: options.log ?? (() => undefined),
  });
  const server = await serve(runtime, options.onRequest);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${webhooks}/`;
  const context = contextWith(url, options.hubName);
  return {
    runtime,
    client: getClient(context),
    context,
    url,
    invoked,
    async stop() {
      server.close();
      server.closeAllConnections();
      await runtime.stop();
    },
  };
}

/** The history as the extension sends it. The client of the library cannot read it. */
export async function historyOf({ url }: Driver, id: string): Promise<readonly HistoryEntry[]> {
  const query = 'showHistory=true&showHistoryOutput=true&showInput=true';
  const response = await fetch(`${url}instances/${id}?${query}`);
  return ((await response.json()) as { historyEvents: HistoryEntry[] }).historyEvents;
}

export type HistoryEntry = Readonly<Record<string, unknown>> & { readonly EventType: string };

/** Waits until the instance stands as wanted. */
export async function untilStatus(
  { client }: Driver,
  id: string,
  ...wanted: readonly string[]
): ReturnType<DurableClient['getStatus']> {
  return until<false | Awaited<ReturnType<DurableClient['getStatus']>>>(
    async () => {
      const status = await client.getStatus(id);
      return wanted.includes(status.runtimeStatus) && status;
    },
    `${id} is ${wanted.join(' or ')}`,
  ) as ReturnType<DurableClient['getStatus']>;
}

export const untilTerminal = (driver: Driver, id: string) =>
  untilStatus(driver, id, 'Completed', 'Failed', 'Terminated');

export const waitFor = (holds: () => boolean | Promise<boolean>): Promise<boolean> =>
  until(holds, holds.toString());

const incoming = (data: TypedData): unknown => {
  if ('json' in data) return JSON.parse(data.json);
  throw new Error('The runtime triggers with JSON.');
};

function outgoing(value: unknown): TypedData | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { int: value } : { double: value };
  return { json: JSON.stringify(value) };
}

function contextWith(rpcBaseUrl: string, taskHubName: string): InvocationContext {
  const binding = { type: 'durableClient', name: 'client' };
  const managementUrls = { id: 'ID', statusQueryGetUri: `${rpcBaseUrl}instances/ID?code=key` };
  const data = { taskHubName, creationUrls: {}, managementUrls, rpcBaseUrl };
  return {
    options: { extraInputs: [binding] },
    extraInputs: { get: () => data },
  } as unknown as InvocationContext;
}

async function serve(
  runtime: DurableRuntime,
  onRequest: DriverOptions['onRequest'],
): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [path, query] = request.url!.slice(webhooks.length).split('?');
      await onRequest?.(path!);
      const { status, headers, json } = await runtime.handle({
        method: request.method!,
        path: path!,
        query: new URLSearchParams(query),
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      const type = json === undefined ? {} : { 'content-type': 'application/json' };
      response.writeHead(status, { ...type, ...headers });
      response.end(json === undefined ? undefined : JSON.stringify(json));
    })().catch((error: unknown) => response.destroy(error as Error));
  });
  // A client must not reuse a connection that the server is about to close.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
