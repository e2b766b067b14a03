/** Starts the Durable runtime for the functions of an app; an app without such functions needs none. */
import type { DurableOptions, DurableRuntime, TypedData } from './durable-runtime';
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
    throw new Error('The setting AzureWebJobsStorage is missing; Durable functions need it.');
  return startDurable({
    ...names,
    storage,
    hubName: hostJson.hubName,
    maxConcurrentActivityFunctions: hostJson.maxConcurrentActivityFunctions,
    maxConcurrentOrchestratorFunctions: hostJson.maxConcurrentOrchestratorFunctions,
    log: (line) => log.hostMessage(line),
    async invoke(name, trigger) {
      const called = app.find(name);
      if (!called) throw new Error(`There is no function "${name}".`);
      // What has no HTTP binding returns no HTTP.
      return (await invoke(called, trigger)) as TypedData | undefined;
    },
  });
}
