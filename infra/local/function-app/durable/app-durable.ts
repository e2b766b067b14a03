/**
 * Starts the Durable runtime for an app. Resolves to undefined if the app has no Durable functions.
 */
import type { DurableOptions, DurableRuntime } from './durable-runtime';
import type { Environment } from '../worker/environment';
import type { HostJson } from '../host-json';
import type { InvokeFunction } from '../worker/invocation';
import type { LoadedApp } from '../worker/loaded-app';
import type { Log } from '../log';

export interface AppDurableOptions {
  readonly app: LoadedApp;
  readonly hostJson: HostJson;
  readonly env: Environment;
  readonly invoke: InvokeFunction;
  readonly log: Log;
  readonly startDurable: (options: DurableOptions) => Promise<DurableRuntime>;
}

export async function startDurableFor(
  options: AppDurableOptions,
): Promise<DurableRuntime | undefined> {
  const { app, hostJson, env, invoke, log, startDurable } = options;
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
    storage,
    hubName: hostJson.hubName,
    maxConcurrentActivityFunctions: hostJson.maxConcurrentActivityFunctions,
    maxConcurrentOrchestratorFunctions: hostJson.maxConcurrentOrchestratorFunctions,
    log: (line) => log.hostMessage(line),
    async invoke(name, trigger) {
      const fn = app.find(name);
      if (!fn) throw new Error(`The function "${name}" is not registered.`);
      return invoke(fn, trigger);
    },
  });
}
