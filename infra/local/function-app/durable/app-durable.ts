/**
 * Starts the Durable runtime for an app. Resolves to undefined if the app has no Durable functions.
 */
import type { DurableOptions, DurableRuntime, Invoke } from './durable-runtime';
import type { Delivery } from './delivery';
import type { Environment } from '../worker/environment';
import type { HostJson } from '../host-json';
import type { LoadedApp } from '../worker/loaded-app';
import type { Log } from '../log';
import type { Peers } from '../workers/peers';

export interface AppDurableOptions {
  readonly app: LoadedApp;
  readonly hostJson: HostJson;
  readonly env: Environment;
  readonly invokeHere: Invoke;
  /** Run activities. */
  readonly peers: Pick<Peers, 'invoke'>;
  readonly log: Log;
  readonly delivery?: Delivery | undefined;
  readonly startDurable: (options: DurableOptions) => Promise<DurableRuntime>;
}

export async function startDurableFor(
  options: AppDurableOptions,
): Promise<DurableRuntime | undefined> {
  const { app, hostJson, env, invokeHere, peers, log, delivery, startDurable } = options;
  const namesOf = (trigger: string) => app.triggeredBy(trigger).map(({ name }) => name);
  const names = {
    orchestrators: namesOf('orchestrationTrigger'),
    activities: namesOf('activityTrigger'),
    entities: namesOf('entityTrigger'),
  };
  const client = app.functions.find(({ clientNames }) => clientNames.length > 0);
  if (Object.values(names).every((list) => list.length === 0) && !client) return undefined;

  const storage = env['AzureWebJobsStorage'];
  if (!storage)
    throw new Error('The setting AzureWebJobsStorage is missing. Durable Functions requires it.');
  return startDurable({
    ...names,
    ...delivery,
    storage,
    hubName: hostJson.hubName,
    ...hostJson.versioning,
    maxConcurrentActivityFunctions: hostJson.maxConcurrentActivityFunctions,
    maxConcurrentOrchestratorFunctions: hostJson.maxConcurrentOrchestratorFunctions,
    distributedTracing: hostJson.distributedTracing,
    log: (line) => log.hostMessage(line),
    invoke: (name, ...call) =>
      names.activities.includes(name) ? peers.invoke(name, ...call) : invokeHere(name, ...call),
  });
}
