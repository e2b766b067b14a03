/** One turn: one event is delivered, the orchestrator replays, and the instance is what follows from it. */
import { decide, RefusedError, type Decisions } from './decisions';
import { childFailure, orchestratorFailure } from './failures';
import { event, type Failure, type HistoryEvent } from './history';
import type { Execution } from './execution';
import type { Instance, Parent } from './instance';
import type { Registered } from './refusals';
import type { Outcome } from './replay';
import { retryAfter } from './retry';

export interface Turn {
  /** The execution that the ids below belong to; continue-as-new has replaced it already. */
  readonly execution: Execution;
  readonly executionId: string;
  readonly scheduled: readonly number[];
  readonly canceled: readonly number[];
  readonly parent: Parent | undefined;
  /** What the parent is told. */
  readonly ended?: Ending;
}

export type Ending = { readonly result: string } | { readonly failure: Failure };

export type Replay = (instance: Instance, fresh: readonly HistoryEvent[]) => Promise<Outcome>;

/** Changes nothing when the replay rejects: the event can be delivered again. */
export async function takeTurn(
  instance: Instance,
  happened: HistoryEvent,
  replay: Replay,
  registered: Registered,
): Promise<Turn> {
  const { execution, executionId, parent } = instance;
  const at = new Date();
  const retried = retryAfter(execution, happened, at);
  const fresh = [event('OrchestratorStarted', at, {}), happened, ...retried];
  const outcome = await replay(instance, fresh);

  instance.inbox.shift();
  execution.append(fresh);
  instance.runtimeStatus = 'Running';
  instance.updatedAt = at;
  instance.customStatus = outcome.customStatus ?? instance.customStatus;

  const { events, canceled, failure } = judge(() =>
    decide(execution, executionId, outcome.actions, registered, at),
  )(outcome.failure);
  execution.append([...events, event('OrchestratorCompleted', at, {})]);
  const scheduled = [...retried, ...events].map(({ EventId }) => EventId);
  for (const id of canceled) execution.open.delete(id);
  const turn = { execution, executionId, scheduled, canceled, parent };

  if (failure) return { ...turn, ended: fail(instance, failure) };
  if (!outcome.isDone) return turn;
  const again = outcome.actions.find(({ kind }) => kind === 'continueAsNew');
  if (again?.kind !== 'continueAsNew')
    return { ...turn, ended: complete(instance, outcome.output) };
  continueAsNew(instance, again.input, outcome);
  return { ...turn, scheduled: [] };
}

/** A refusal fails the instance just as a throw of the orchestrator does. */
function judge(decideNow: () => Decisions) {
  return (failure: Failure | undefined): Decisions & { readonly failure?: Failure } => {
    if (failure) return { events: [], canceled: [], failure };
    try {
      return decideNow();
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return { events: [], canceled: [], failure: orchestratorFailure(error.message) };
    }
  };
}

function complete(instance: Instance, output: string): Ending {
  instance.finish('Completed', output);
  return { result: output };
}

function fail(instance: Instance, failure: Failure): Ending {
  instance.finish('Failed', JSON.stringify(failure.Reason), failure.FailureDetails);
  return { failure: childFailure(instance.name, failure) };
}

function continueAsNew(instance: Instance, input: string, { actions }: Outcome): void {
  const waits = actions.flatMap((action) => (action.kind === 'wait' ? [action.name] : []));
  const { name, version, parent } = instance;
  instance.begin({ name, version, parent, input }, 'Running', instance.unprocessed(waits));
}
