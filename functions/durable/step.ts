/**
 * A step is a Durable activity; "activity" is a term of Data Factory. An orchestrator knows only
 * the contract of a step: name, types and retry policy.
 */
import type { FunctionInput, InvocationContext } from '@azure/functions';
import { app, RetryOptions, type OrchestrationContext, type Task } from 'durable-functions';
import { AppError, type FailureInfo } from '../errors/app-error';
import { failureLine } from '../errors/log-failure';
import type { Lazy } from '../concurrency/lazy';
import { observed } from './observed-step';

export interface Step<In, Out> {
  readonly name: string;
  readonly retry: RetryOptions;
  /** Never set. Carries the types. */
  readonly types?: (input: In) => Out;
}

/**
 * Durable retries every error that is thrown. An error that no retry can change is returned as
 * `refused`.
 */
type Outcome<Out> = { readonly done: Out } | { readonly refused: FailureInfo };

/** Thrown inside the orchestrator for an error that a step returned. */
export class StepRefusedError extends Error {
  override readonly name = 'StepRefusedError';
  constructor(readonly refusal: FailureInfo) {
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

/** Runs a step. Throws StepRefusedError, or TaskFailedError after the last retry. */
export function* runStep<In, Out>(
  context: OrchestrationContext,
  { name, retry }: Step<In, Out>,
  input: In,
): Orchestration<Out> {
  const task = context.df.callActivityWithRetry(name, retry, input);
  return unwrapOutcome<Out>(yield* reportFailure(context, name, task));
}

/** Reports a step that failed in all its attempts. The orchestrator decides what that means. */
function* reportFailure(
  context: OrchestrationContext,
  step: string,
  task: Task,
): Orchestration<unknown> {
  try {
    return yield task;
  } catch (error) {
    const { instanceId, isReplaying } = context.df;
    if (!isReplaying) context.error(failureLine('step.failed', error, { step, instanceId }));
    throw error;
  }
}

/**
 * Runs a step for each input concurrently. A step that may fail must return the failure: Task.all
 * ends at a throw.
 */
export function* runStepForEach<In, Out>(
  context: OrchestrationContext,
  { name, retry }: Step<In, Out>,
  inputs: readonly In[],
): Orchestration<Out[]> {
  if (inputs.length === 0) return []; // The SDK rejects an empty Task.all.
  const tasks = inputs.map((input) => context.df.callActivityWithRetry(name, retry, input));
  const outcomes = yield* reportFailure(context, name, context.df.Task.all(tasks));
  return (outcomes as unknown[]).map((outcome) => unwrapOutcome<Out>(outcome));
}

/**
 * Runs sub-orchestrations concurrently. Each must return its failure, because Task.all ends at the
 * first throw. Instance ids derive from the parent's id and a number, which starts at `first` so
 * that calls do not collide.
 */
export function* runSubOrchestrations<In, Out>(
  context: OrchestrationContext,
  name: string,
  inputs: readonly In[],
  first: number,
): Orchestration<Out[]> {
  if (inputs.length === 0) return [];
  const tasks = inputs.map((input, index) =>
    context.df.callSubOrchestrator(name, input, `${context.df.instanceId}-${first + index}`),
  );
  return (yield context.df.Task.all(tasks)) as Out[];
}

function unwrapOutcome<Out>(outcome: unknown): Out {
  const result = outcome as Outcome<Out>;
  if ('refused' in result) throw new StepRefusedError(result.refused);
  return result.done;
}

/** Registers the implementation of a step. `S` is what it uses; the root provides at least that. */
export function registerStep<S, In, Out>(
  services: Lazy<S>,
  { name }: Step<In, Out>,
  perform: (input: In, services: S, context: InvocationContext) => Promise<Out>,
  /** Further bindings, such as the Durable client. */
  extraInputs: FunctionInput[] = [],
): void {
  app.activity(name, {
    extraInputs,
    handler: async (input: In, context): Promise<Outcome<Out>> => {
      try {
        return {
          done: await observed(name, input, context, () => perform(input, services(), context)),
        };
      } catch (error) {
        if (error instanceof AppError && !error.retryable)
          return { refused: { code: error.code, message: error.message } };
        throw error;
      }
    },
  });
}
