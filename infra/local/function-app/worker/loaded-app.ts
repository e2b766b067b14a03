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
  /** Address of the HTTP server of the worker. */
  readonly httpUrl: string;
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
  if (typeof HttpUri !== 'string')
    throw new Error(
      'The bundle does not enable HTTP streams, which this host requires. Enable them in app.setup().',
    );
  const functions = [...app.functions.values()];
  return {
    hooks: app.hooks,
    model,
    functions,
    httpUrl: HttpUri,
    triggeredBy: (type) => functions.filter(({ trigger }) => trigger.type === type),
    find: (name) => functions.find((one) => one.name.toLowerCase() === name.toLowerCase()),
  };
}
