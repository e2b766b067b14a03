/** Runs a registered function once, the way a worker does: hooks around it, the library's model inside. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { LoadedApp } from './loaded-app';
import type { Log } from '../log';
import type { RegisteredFunction } from './registered-function';
import type {
  CoreInvocationContext,
  FunctionHandler,
  Input,
  InvocationModel,
  InvocationRequest,
  Output,
} from './worker-protocol';

export interface InvocationOptions {
  /** W3C trace context of the caller. */
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  /** The word that the log shows for a result. */
  readonly outcome?: (output: Output | undefined) => string;
}

/** Rejects with what the function threw. */
export type InvokeFunction = (
  called: RegisteredFunction,
  trigger: Input,
  options?: InvocationOptions,
) => Promise<Output | undefined>;

export interface Invoker {
  readonly invoke: InvokeFunction;
  /** Resolves when nothing runs any more. */
  readonly idle: () => Promise<void>;
}

export interface InvokerOptions {
  readonly app: LoadedApp;
  readonly log: Log;
  /** What a durableClient binding delivers. */
  readonly clientData: string;
}

export function createInvoker({ app, log, clientData }: InvokerOptions): Invoker {
  const running = new Set<Promise<unknown>>();
  const invokeOnce: InvokeFunction = async (
    called,
    trigger,
    { traceParent, traceState, outcome = () => 'ok' } = {},
  ) => {
    const invocationId = randomUUID();
    const lines = log.open(called.name, invocationId);
    const began = performance.now();
    const core: CoreInvocationContext = {
      invocationId,
      metadata: called.metadata,
      request: toRequest(called, trigger, invocationId, traceParent, traceState),
      log(level, category, message) {
        const hooked = app.hooks.has('log')
          ? app.hooks.runNow('log', { level, message, category })
          : { level, message };
        lines.write(hooked.level, hooked.message);
      },
    };
    try {
      const output = await run(called, core, app.model.getInvocationModel(core));
      lines.close(outcome(output), performance.now() - began);
      return output;
    } catch (error) {
      lines.close('failed', performance.now() - began, error);
      throw error;
    }
  };
  return {
    invoke(...call) {
      const ends = invokeOnce(...call);
      const done = () => void running.delete(ends);
      running.add(ends);
      ends.then(done, done);
      return ends;
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };

  function toRequest(
    { triggerName, clientNames }: RegisteredFunction,
    trigger: Input,
    invocationId: string,
    traceParent = newTrace(),
    traceState = '',
  ): InvocationRequest {
    const clients = clientNames.map((name) => ({ name, data: { json: clientData } }));
    return {
      invocationId,
      inputData: [{ name: triggerName, data: trigger }, ...clients],
      triggerMetadata: {},
      traceContext: { traceParent, traceState, attributes: {} },
    };
  }

  async function run(
    called: RegisteredFunction,
    core: CoreInvocationContext,
    library: InvocationModel,
  ): Promise<Output | undefined> {
    const { context, inputs } = await library.getArguments();
    const hooked: HookInvocation = {
      hookData: {},
      invocationContext: context,
      inputs,
      functionCallback: called.handler,
      result: undefined,
      error: undefined,
    };
    core.state = 'preInvocationHooks';
    await app.hooks.run('preInvocation', hooked);
    core.state = 'invocation';
    try {
      hooked.result = await library.invokeFunction(context, hooked.inputs, hooked.functionCallback);
    } catch (error) {
      hooked.error = error ?? new Error('The function threw nothing.');
    }
    core.state = 'postInvocationHooks';
    await app.hooks.run('postInvocation', hooked);
    // A hook may have healed the failure, or replaced the result.
    if (hooked.error !== undefined && hooked.error !== null) throw hooked.error as Error;
    return (await library.getResponse(context, hooked.result)).returnValue ?? undefined;
  }
}

/** One object travels through the hooks before and after; each may change what comes next. */
interface HookInvocation {
  readonly hookData: object;
  readonly invocationContext: object;
  inputs: unknown[];
  functionCallback: FunctionHandler;
  result: unknown;
  error: unknown;
}

const newTrace = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
