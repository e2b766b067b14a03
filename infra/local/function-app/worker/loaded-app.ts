/** The loaded bundle: its registered functions, hooks and programming model. */
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
  // This call also ends `app.setup`, as in Azure.
  const { HttpUri } = await model.getCapabilities({});
  if (HttpUri)
    throw new Error(
      'The bundle enables HTTP streams, which this host does not support. Disable them.',
    );
  const functions = [...app.functions.values()];
  return {
    hooks: app.hooks,
    model,
    functions,
    triggeredBy: (type) => functions.filter(({ trigger }) => trigger.type === type),
    find: (name) => functions.find((one) => one.name.toLowerCase() === name.toLowerCase()),
  };
}
