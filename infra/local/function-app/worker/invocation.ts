/**
 * Invokes a registered function as the worker in Azure does, with hooks and the library's
 * programming model.
 */
import { randomUUID } from 'node:crypto';
import type { LoadedApp } from './loaded-app';
import type { TypedData } from '../durable/durable-runtime';
import type { Log } from '../log';
import type { RegisteredFunction } from './registered-function';
import { newTrace } from './trace-parent';
import type {
  CoreInvocationContext,
  FunctionHandler,
  InvocationModel,
  InvocationRequest,
} from './worker-protocol';

export interface InvocationOptions {
  /** W3C trace context of the caller. */
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  /** A new one by default. */
  readonly invocationId?: string;
  readonly metadata?: Readonly<Record<string, TypedData>>;
  /** Outcome that the log shows for a result. */
  readonly outcome?: () => Promise<string>;
}

/** Rejects with the error that the function threw. */
export type InvokeFunction = (
  fn: RegisteredFunction,
  trigger: TypedData,
  options?: InvocationOptions,
) => Promise<TypedData | undefined>;

export interface Invoker {
  readonly invoke: InvokeFunction;
  /** Resolves when no invocation is running. */
  readonly idle: () => Promise<void>;
}

export interface InvokerOptions {
  readonly app: LoadedApp;
  readonly log: Log;
  /** Value of a durableClient binding. */
  readonly clientData: string;
  /** Time after which an invocation fails. */
  readonly timeoutMs: number;
  /** Called with each invocation that failed by it: Azure starts the worker again. */
  readonly onTimeout: () => void;
}

export function createInvoker(options: InvokerOptions): Invoker {
  const { app, log, clientData, timeoutMs, onTimeout } = options;
  const running = new Set<Promise<unknown>>();
  const invokeOnce: InvokeFunction = async (
    fn,
    trigger,
    { traceParent, traceState, invocationId = randomUUID(), metadata = {}, outcome } = {},
  ) => {
    const lines = log.open(fn.name, invocationId);
    const began = performance.now();
    const core: CoreInvocationContext = {
      invocationId,
      metadata: fn.metadata,
      request: {
        ...toRequest(fn, trigger, invocationId, traceParent, traceState),
        triggerMetadata: metadata,
      },
      log(level, category, message) {
        const hooked = app.hooks.has('log')
          ? app.hooks.runNow('log', { level, message, category })
          : { level, message };
        lines.write(hooked.level, hooked.message);
      },
    };
    try {
      const output = await within(fn, invocationId, () =>
        run(fn, core, app.model.getInvocationModel(core)),
      );
      lines.close((await outcome?.()) ?? 'ok', performance.now() - began);
      return output;
    } catch (error) {
      lines.close('failed', performance.now() - began, error);
      throw error;
    }
  };
  return {
    invoke(...call) {
      const invocation = invokeOnce(...call);
      const done = () => void running.delete(invocation);
      running.add(invocation);
      invocation.then(done, done);
      return invocation;
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };

  /** A worker whose event loop is blocked is not noticed. */
  function within<T>({ name }: RegisteredFunction, id: string, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const value = new Date(timeoutMs).toISOString().slice(11, 19);
        const text = `Timeout value of ${value} exceeded by function '${name}' (Id: '${id}').`;
        reject(new Error(text));
        log.hostMessage(`${text} The worker is started again.`);
        onTimeout();
      }, timeoutMs);
      work()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  function toRequest(
    { triggerName, clientNames }: RegisteredFunction,
    trigger: TypedData,
    invocationId: string,
    traceParent = newTrace(),
    traceState = '',
  ): Omit<InvocationRequest, 'triggerMetadata'> {
    const clients = clientNames.map((name) => ({ name, data: { json: clientData } }));
    return {
      invocationId,
      inputData: [{ name: triggerName, data: trigger }, ...clients],
      traceContext: { traceParent, traceState, attributes: {} },
    };
  }

  async function run(
    fn: RegisteredFunction,
    core: CoreInvocationContext,
    library: InvocationModel,
  ): Promise<TypedData | undefined> {
    const { context, inputs } = await library.getArguments();
    const hooked: HookInvocation = {
      hookData: {},
      invocationContext: context,
      inputs,
      functionCallback: fn.handler,
      result: undefined,
      error: undefined,
    };
    core.state = 'preInvocationHooks';
    await app.hooks.run('preInvocation', hooked);
    core.state = 'invocation';
    try {
      hooked.result = await library.invokeFunction(context, hooked.inputs, hooked.functionCallback);
    } catch (error) {
      hooked.error = error ?? new Error('The function threw undefined.');
    }
    core.state = 'postInvocationHooks';
    await app.hooks.run('postInvocation', hooked);
    // A hook may have cleared the error or replaced the result.
    if (hooked.error !== undefined && hooked.error !== null) throw hooked.error as Error;
    return (await library.getResponse(context, hooked.result)).returnValue ?? undefined;
  }
}

/** Shared by the hooks before and after an invocation. Each hook may change the mutable fields. */
interface HookInvocation {
  readonly hookData: object;
  readonly invocationContext: object;
  inputs: unknown[];
  functionCallback: FunctionHandler;
  result: unknown;
  error: unknown;
}
