/**
 * One episode: delivers the events of a turn, replays the orchestrator and updates the instance with its
 * actions.
 */
import { decide, InvalidActionError, type Decisions } from './decisions';
import { childFailure, orchestratorFailure } from './failures';
import type { Execution } from './execution';
import { event, type Failure, type HistoryEvent, type ScheduledEvent } from './history';
import type { Instance, Parent } from './instance';
import type { RegisteredFunctions } from './validation';
import type { ReplayResult } from './replay';
import { retryAfter } from './retry';

export interface Episode {
  /** Execution of the ids below. After continue-as-new the instance has a newer one. */
  readonly execution: Execution;
  readonly executionId: string;
  readonly scheduled: readonly number[];
  readonly canceled: readonly number[];
  readonly parent: Parent | undefined;
  /** Result for the parent. */
  readonly ended?: InstanceResult;
}

export type InstanceResult = { readonly result: string } | { readonly failure: Failure };

export interface Replayer {
  readonly registeredFunctions: RegisteredFunctions;
  replay(instance: Instance, fresh: readonly HistoryEvent[]): Promise<ReplayResult>;
  isTaskKnown(instance: Instance, id: number): Promise<boolean>;
}

/** If the replay rejects, the instance is unchanged and the events can be delivered again. */
export async function runEpisode(
  instance: Instance,
  turn: readonly HistoryEvent[],
  library: Replayer,
): Promise<Episode> {
  const { execution, executionId, parent } = instance;
  const at = new Date();
  const retried = turn.flatMap((historyEvent) => retryAfter(execution, historyEvent, at));
  const fresh = [event('OrchestratorStarted', at, {}), ...turn, ...retried];
  const outcome = await library.replay(instance, fresh);

  instance.inbox.splice(0, turn.length);
  execution.append(fresh);
  instance.runtimeStatus = 'Running';
  instance.updatedAt = at;
  if (2 * (outcome.customStatus?.length ?? 0) <= maxCustomStatusBytes)
    instance.customStatus = outcome.customStatus ?? instance.customStatus;

  const { events, canceled, failure } = await checkActions(instance, outcome, library, at);
  execution.append([...events, event('OrchestratorCompleted', at, {})]);
  for (const id of canceled) execution.open.delete(id);
  const scheduled = [...retried, ...events].map(({ EventId }) => EventId);
  const episode = { execution, executionId, scheduled, canceled, parent };

  if (failure) return { ...episode, ended: fail(instance, failure) };
  if (!outcome.isDone) return episode;
  const again = outcome.actions.find(({ kind }) => kind === 'continueAsNew');
  if (again?.kind !== 'continueAsNew')
    return { ...episode, ended: complete(instance, outcome.output) };
  continueAsNew(instance, again.input, outcome);
  return { ...episode, scheduled: [] };
}

/** Limit of the extension, in UTF-16. */
const maxCustomStatusBytes = 16 * 1_024;
const customStatusTooLarge = (size: number) =>
  `The UTF-16 size of the JSON-serialized payload must not exceed ${maxCustomStatusBytes / 1_024} KB. ` +
  `The current size is ${Math.ceil(size / 1_024)} KB.`;

type CheckedActions = Pick<Decisions, 'events' | 'canceled'> & { readonly failure?: Failure };

/** An invalid action fails the instance, as an error of the orchestrator does. */
async function checkActions(
  instance: Instance,
  outcome: ReplayResult,
  library: Replayer,
  at: Date,
): Promise<CheckedActions> {
  const nothing = { events: [], canceled: [] };
  if (outcome.failure) return { ...nothing, failure: outcome.failure };
  const size = 2 * (outcome.customStatus?.length ?? 0);
  if (size > maxCustomStatusBytes)
    return { ...nothing, failure: orchestratorFailure(customStatusTooLarge(size)) };
  const { execution, executionId } = instance;
  try {
    const decisions = decide(
      execution,
      executionId,
      outcome.actions,
      library.registeredFunctions,
      at,
    );
    const last = decisions.events.at(-1);
    const mayBeReused = last && decisions.repeatsPendingTask && !outcome.isDone;
    if (mayBeReused && !(await library.isTaskKnown(instance, last.EventId)))
      throw reusedTaskError(last);
    return decisions;
  } catch (error) {
    if (!(error instanceof InvalidActionError)) throw error;
    return { ...nothing, failure: orchestratorFailure(error.message) };
  }
}

/** The library schedules such a task twice but numbers it once, so all later ids would be wrong. */
function reusedTaskError(scheduled: ScheduledEvent): InvalidActionError {
  const task = 'Name' in scheduled ? `'${scheduled.Name}'` : 'a timer';
  return new InvalidActionError(
    `A task that is still pending was passed to a second Task.any or Task.all, together with ${task}. ` +
      'Durable Functions would run it twice; create a new task for each compound.',
  );
}

function complete(instance: Instance, output: string): InstanceResult {
  instance.finish('Completed', output);
  return { result: output };
}

function fail(instance: Instance, failure: Failure): InstanceResult {
  instance.finish('Failed', JSON.stringify(failure.Reason));
  return { failure: childFailure(instance.name, failure) };
}

function continueAsNew(instance: Instance, input: string, { actions }: ReplayResult): void {
  const waits = actions.flatMap((action) => (action.kind === 'wait' ? [action.name] : []));
  const { name, version, parent } = instance;
  const { traceParent } = instance.execution;
  const beginning = { name, version, parent, traceParent, input };
  instance.start(beginning, 'Running', instance.unhandledEvents(waits));
}
