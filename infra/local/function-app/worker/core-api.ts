/**
 * The module @azure/functions-core. A worker hands it to the bundle by answering `require` itself; this host does
 * the same, so the bundle registers here what it would register in Azure.
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

/** The versions a current host and worker announce. */
const hostVersion = '4.1041.200';
const workerVersion = '3.12.0';

export interface FunctionApp {
  readonly hooks: Hooks;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** What `require('@azure/functions-core')` gives. */
  readonly core: Readonly<Record<string, unknown>>;
  /** Ends registration and hands out the model that the bundle brought. */
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
    if (closed) throw new Error(`Function "${name}" is registered too late: the app runs already.`);
    // Names are routes and row keys in Azure, where case does not tell them apart.
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
      setProgrammingModel: (given: ProgrammingModel) => void (model = given),
      getProgrammingModel: () => model,
      log,
      Disposable,
    },
    close() {
      closed = true;
      if (!model) throw new Error('The bundle registers no function.');
      return model;
    },
  };
}

type Require = (this: unknown, id: string) => unknown;

/** Answers every `require` of the module, wherever in the process it is asked for. */
export function provideCore(core: FunctionApp['core']): void {
  const { prototype } = Module as unknown as { prototype: { require: Require } };
  const original = prototype.require;
  prototype.require = function (id) {
    return id === '@azure/functions-core' ? core : original.call(this, id);
  };
}
