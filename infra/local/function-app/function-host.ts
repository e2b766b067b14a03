/**
 * The Functions host: loads the deployed bundle, serves its HTTP functions, runs its timers and
 * orchestrations.
 */
import { join } from 'node:path';
import { createAdmin } from './http/admin';
import { startDurableFor } from './durable/app-durable';
import { readCors } from './http/cors';
import { durableClientData } from './durable/durable-client';
import type { Delivery } from './durable/delivery';
import type { DurableOptions, DurableRuntime, Invoke } from './durable/durable-runtime';
import { expandSettings, type Environment } from './worker/environment';
import { createDurableHandler, createHostHandler } from './http/host-handler';
import { createFunctionHandler } from './http/function-handler';
import { home, summaryOf, type FunctionSummary } from './function-summary';
import { readHostJson } from './host-json';
import { createInvoker } from './worker/invocation';
import { openKeys } from './http/keys';
import { listen, type Listener } from './http/listener';
import { loadApp } from './worker/loaded-app';
import { createLog } from './log';
import { createQueueTriggers } from './queues/queue-triggers';
import { createTimers } from './timers/timers';
import { createPeers } from './workers/peers';
import { remoteDurable } from './workers/remote-durable';

export interface FunctionHostOptions {
  /** Folder with host.json and a package.json whose `main` is the bundle. */
  readonly root: string;
  readonly port: number;
  /**
   * Data folder of the stack. Its sub-folder `function-app` holds keys and the last runs of timers.
   */
  readonly dataFolder: string;
  /** Environment of the bundle. References in values are expanded in place. */
  readonly env: Environment;
  /** Allowed origins, separated by commas. Read from the settings by default. */
  readonly cors?: string | undefined;
  readonly write: (text: string) => void;
  readonly color: boolean;
  readonly startDurable: (options: DurableOptions) => Promise<DurableRuntime>;
  /** Address of the worker that runs orchestrations and timers. Absent if this one does. */
  readonly primaryUrl?: string | undefined;
  readonly delivery?: Delivery | undefined;
  /** Called after an invocation has exceeded `functionTimeout`: this process should end. */
  readonly onTimeout: () => void;
}

export interface FunctionHost {
  readonly url: string;
  readonly port: number;
  readonly masterKey: string;
  readonly functions: readonly FunctionSummary[];
  clockMoved(): void;
  /** Addresses of other workers, which run activities in turn with this one. */
  setPeers(urls: readonly string[]): void;
  /** Rejects new requests, finishes running ones and runs the `appTerminate` hooks. */
  stop(): Promise<void>;
  /** Writes the log lines of unfinished invocations, for a process that ends without `stop`. */
  flushLog(): void;
}

/** How long running requests may take when the host stops. */
const drainMs = 10_000;
const defaultBodyLimit = 104_857_600;

export async function startFunctionHost(options: FunctionHostOptions): Promise<FunctionHost> {
  const logError = (error: unknown) =>
    options.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  // The bundle reads its own URL from the settings, so the port must be known before it loads.
  const listener = await listen(options.port, logError);
  const rpc = await listen(0, logError);
  try {
    return await run(options, listener, rpc);
  } catch (error) {
    await Promise.all([listener.close(), rpc.close()]);
    throw error;
  }
}

async function run(
  options: FunctionHostOptions,
  listener: Listener,
  rpc: Listener,
): Promise<FunctionHost> {
  const { root, env, write, color, startDurable, primaryUrl, delivery, onTimeout } = options;
  const dataFolder = join(options.dataFolder, 'function-app');
  // Set if several workers share an address.
  env['WEBSITE_HOSTNAME'] ??= `127.0.0.1:${listener.port}`;
  expandSettings(env);
  const hostJson = readHostJson(root, env);
  const { routePrefix, hubName } = hostJson;
  const keys = await openKeys(dataFolder);
  const log = createLog({ write, color, levels: hostJson.logLevels });
  const bodyLimit = Number(env['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? defaultBodyLimit);

  const app = await loadApp(root, log);
  const clientData = durableClientData({
    publicUrl: listener.url,
    rpcUrl: rpc.url,
    hubName,
    key: keys.durableTask,
  });
  const { invoke, idle } = createInvoker({
    app,
    log,
    clientData,
    timeoutMs: hostJson.functionTimeoutMs,
    onTimeout,
  });
  const functions = createFunctionHandler({
    functions: app.triggeredBy('httpTrigger'),
    routePrefix,
    keys,
    invoke,
    workerUrl: app.httpUrl,
    bodyLimit,
    log,
  });
  const timers = createTimers({
    functions: app.triggeredBy('timerTrigger'),
    env,
    dataFolder,
    // The log shows a failed run; the next run follows on schedule.
    run: (fn, trigger) => invoke(fn, trigger).then(nothing, nothing),
  });
  const queueTriggers = createQueueTriggers({
    functions: app.triggeredBy('queueTrigger'),
    env,
    settings: hostJson.queues,
    invoke,
    log: (line) => log.hostMessage(line),
  });
  const invokeHere: Invoke = async (name, trigger, traceParent) => {
    const fn = app.find(name);
    if (!fn) throw new Error(`The function "${name}" is not registered.`);
    return invoke(fn, trigger, { traceParent });
  };
  const peers = createPeers(invokeHere, keys.master);
  const admin = createAdmin({
    keys,
    hubName,
    invoke: invokeHere,
    find(name) {
      const fn = app.find(name);
      const trigger = fn && timers.trigger(fn.name);
      if (!fn || !trigger) return fn && { trigger: fn.trigger.type };
      return { trigger: fn.trigger.type, run: () => invoke(fn, trigger).then(nothing) };
    },
  });
  const summaries = app.functions.map((fn) =>
    summaryOf(fn, routePrefix, timers.schedules.get(fn.name)),
  );

  await app.hooks.run('appStart', { hookData: {} });
  const durable = primaryUrl
    ? remoteDurable(primaryUrl, keys.durableTask)
    : await startDurableFor({ app, hostJson, env, invokeHere, peers, log, delivery, startDurable });
  if (durable) rpc.setHandler(createDurableHandler(durable, bodyLimit));
  if (!primaryUrl) await timers.start();
  queueTriggers.start();
  listener.setHandler(
    createHostHandler({
      cors: readCors(env, options.cors),
      home: home(listener.url, summaries),
      functions,
      keys,
      admin,
      durable,
      bodyLimit,
      log,
    }),
  );

  return {
    url: listener.url,
    port: listener.port,
    masterKey: keys.master,
    functions: summaries,
    clockMoved() {
      if (!primaryUrl) timers.clockMoved();
      durable?.clockMoved();
    },
    setPeers: (urls) => peers.setUrls(urls),
    async stop() {
      await Promise.all([listener.drain(drainMs), timers.stop(), queueTriggers.stop()]);
      await durable?.stop();
      await idle();
      await app.hooks.run('appTerminate', { hookData: {} });
      await Promise.all([listener.close(), rpc.close()]);
      log.flush();
    },
    flushLog: () => log.flush(),
  };
}

const nothing = () => undefined;
