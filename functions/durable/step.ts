/**
 * A step is a Durable activity. We say "step" because "activity" is a Data Factory noun. An orchestrator
 * sees this contract only (name, types, retry), never the code behind it.
 */
import { app, RetryOptions, type OrchestrationContext, type Task } from 'durable-functions';
import { AppError } from '../errors/app-error';
import type { Lazy } from '../concurrency/lazy';

export interface Step<In, Out> {
  readonly name: string;
  readonly retry: RetryOptions;
  /** Never set; carries the types. */
  readonly types?: (input: In) => Out;
}

/**
 * Durable retries whatever is thrown, so only what may succeed next time is thrown. A refusal that no
 * retry can change travels as a value.
 */
type Outcome<Out> = { readonly done: Out } | { readonly refused: Refusal };

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Raised inside the orchestrator when a step refused; carries the code it refused with. */
export class StepRefusedError extends Error {
  override readonly name = 'StepRefusedError';
  constructor(readonly refusal: Refusal) {
    super(`${refusal.code}: ${refusal.message}`);
  }
}

export function step<In, Out>(name: string, maxAttempts = 5): Step<In, Out> {
  const retry = new RetryOptions(1_000, maxAttempts);
  retry.backoffCoefficient = 2;
  retry.maxRetryIntervalInMilliseconds = 30_000;
  return { name, retry };
}

export type Orchestration<Out> = Generator<Task, Out, unknown>;

/** Runs one step and waits for it. Throws StepRefusedError, or TaskFailedError when the retries are used up. */
export function* runStep<In, Out>(
  context: OrchestrationContext,
  { name, retry }: Step<In, Out>,
  input: In,
): Orchestration<Out> {
  return unwrapOutcome<Out>(yield context.df.callActivityWithRetry(name, retry, input));
}

/**
 * One step for many inputs, side by side. What may fail must come back as a value, because Task.all stops waiting at
 * the first throw.
 */
export function* runStepForEach<In, Out>(
  context: OrchestrationContext,
  { name, retry }: Step<In, Out>,
  inputs: readonly In[],
): Orchestration<Out[]> {
  const tasks = inputs.map((input) => context.df.callActivityWithRetry(name, retry, input));
  return ((yield context.df.Task.all(tasks)) as unknown[]).map((outcome) => unwrapOutcome<Out>(outcome));
}

/**
 * Sub-orchestrations side by side. Each must report its failure rather than throw it, because Task.all stops waiting
 * at the first throw. Instance ids derive from the parent's; `first` keeps those of several rounds apart.
 */
export function* runSubOrchestrations<In, Out>(
  context: OrchestrationContext,
  name: string,
  inputs: readonly In[],
  first: number,
): Orchestration<Out[]> {
  const tasks = inputs.map((input, index) =>
    context.df.callSubOrchestrator(name, input, `${context.df.instanceId}-${first + index}`),
  );
  return (yield context.df.Task.all(tasks)) as Out[];
}

function unwrapOutcome<Out>(outcome: unknown): Out {
  const settled = outcome as Outcome<Out>;
  if ('refused' in settled) throw new StepRefusedError(settled.refused);
  return settled.done;
}

/** Registers the code of a step. `S` is what that code uses; the root provides at least that. */
export function registerStep<S, In, Out>(
  services: Lazy<S>,
  { name }: Step<In, Out>,
  perform: (input: In, services: S) => Promise<Out>,
): void {
  app.activity(name, {
    handler: async (input: In): Promise<Outcome<Out>> => {
      try {
        return { done: await perform(input, services()) };
      } catch (error) {
        if (error instanceof AppError && !error.retryable)
          return { refused: { code: error.code, message: error.message } };
        throw error;
      }
    },
  });
}
