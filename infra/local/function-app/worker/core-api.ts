/**
 * The module @azure/functions-core. Like the worker in Azure, this host provides it by intercepting
 * `require`, so the bundle registers its functions here.
 */
import Module from 'node:module';
import { Disposable } from './disposable';
import { Hooks, type HookCallback } from './hooks';
import { describeFunction, type RegisteredFunction } from './registered-function';
import type {
  FunctionHandler,
  FunctionMetadata,
  LogLevel,
  ProgrammingModel,
} from './worker-protocol';

/** Versions that a current host and worker report. */
const hostVersion = '4.1041.200';
const workerVersion = '3.12.0';

export interface FunctionApp {
  readonly hooks: Hooks;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** The exports of `@azure/functions-core`. */
  readonly core: Readonly<Record<string, unknown>>;
  /** Ends registration and returns the programming model of the bundle. */
  close(): ProgrammingModel;
}

export function createFunctionApp(
  log: (level: LogLevel, category: string, message: string) => void,
): FunctionApp {
  const hooks = new Hooks();
  const functions = new Map<string, RegisteredFunction>();
  let model: ProgrammingModel | undefined;
  let closed = false;

  const registerFunction = (metadata: FunctionMetadata, handler: FunctionHandler) => {
    const described = describeFunction(metadata, handler);
    const { name } = described;
    if (closed)
      throw new Error(
        `Function "${name}" is registered too late. Register it while the bundle loads.`,
      );
    // Azure compares function names case-insensitively.
    const taken = [...functions.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
    if (taken) throw new Error(`Two functions are named "${taken}".`);
    functions.set(name, described);
    return new Disposable(() => void functions.delete(name));
  };

  return {
    hooks,
    functions,
    core: {
      version: workerVersion,
      hostVersion,
      registerFunction,
      registerHook: (name: string, callback: HookCallback) => hooks.register(name, callback),
      setProgrammingModel: (newModel: ProgrammingModel) => void (model = newModel),
      getProgrammingModel: () => model,
      log,
      Disposable,
    },
    close() {
      closed = true;
      if (!model) throw new Error('The bundle registers no functions.');
      return model;
    },
  };
}

type Require = (this: unknown, id: string) => unknown;

/** Returns `core` for every `require` of the module in this process. */
export function provideCore(core: FunctionApp['core']): void {
  const { prototype } = Module as unknown as { prototype: { require: Require } };
  const original = prototype.require;
  prototype.require = function (id) {
    return id === '@azure/functions-core' ? core : original.call(this, id);
  };
}
