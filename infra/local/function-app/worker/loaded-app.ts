/** The deployed bundle, loaded, its registration ended: what there is to run, and the model to run it with. */
import { loadBundle } from './bundle';
import { createFunctionApp, provideCore, type FunctionApp } from './core-api';
import type { Log } from '../log';
import type { RegisteredFunction } from './registered-function';
import type { ProgrammingModel } from './worker-protocol';

export interface LoadedApp {
  readonly hooks: FunctionApp['hooks'];
  readonly model: ProgrammingModel;
  readonly functions: readonly RegisteredFunction[];
  triggeredBy(type: string): readonly RegisteredFunction[];
  find(name: string): RegisteredFunction | undefined;
}

export async function loadApp(root: string, log: Log): Promise<LoadedApp> {
  const app = createFunctionApp((level, _category, message) => log.hostMessage(message, level));
  provideCore(app.core);
  loadBundle(root);
  const model = app.close();
  // Asking also ends `app.setup`, as it does in Azure.
  const { HttpUri } = await model.getCapabilities({});
  if (HttpUri) throw new Error('The bundle asks for HTTP streams, which this host does not offer.');
  const functions = [...app.functions.values()];
  return {
    hooks: app.hooks,
    model,
    functions,
    triggeredBy: (type) => functions.filter(({ trigger }) => trigger.type === type),
    find: (name) => functions.find((one) => one.name.toLowerCase() === name.toLowerCase()),
  };
}
