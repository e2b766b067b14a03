/** Replays an orchestrator over its history and parses the state that it returns. */
import type { Invoke, TypedData } from './durable-runtime';
import { readActions, type Action, type WireAction } from './actions';
import { orchestratorFailure } from './failures';
import { EventType, type Failure, type HistoryEvent } from './history';
import type { Instance } from './instance';
import { functionNotFound } from './validation';

export interface ReplayResult {
  /** All actions since the execution started, not only those of this episode. */
  readonly actions: readonly Action[];
  readonly isDone: boolean;
  /** JSON. */
  readonly output: string;
  /** JSON. Absent if the orchestrator has set none. */
  readonly customStatus?: string;
  readonly failure?: Failure;
}

interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly (readonly WireAction[])[];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string;
}

/** So long that the library never splits a timer; the runtime itself can wait any time. */
const maxTimerDuration = '3650000.00:00:00';
const settings = JSON.stringify({
  upperSchemaVersion: 3,
  upperSchemaVersionNew: 3,
  longRunningTimerIntervalDuration: '3.00:00:00',
  maximumShortTimerDuration: maxTimerDuration,
  defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
}).slice(1, -1);

/** Rejects if the function could not be run. A failed orchestrator is a result. */
export async function replay(
  invoke: Invoke,
  instance: Instance,
  fresh: readonly HistoryEvent[],
): Promise<ReplayResult> {
  const { name } = instance;
  const texts = fresh.map((historyEvent) => JSON.stringify(historyEvent));
  try {
    return read(name, parse(await invoke(name, trigger(instance, texts))));
  } catch (error) {
    // The state omits an error that has no message.
    return read(name, { error: '', ...stateInMessage(error) });
  }
}

/** The extension starts any name; the instance fails when it runs. */
export const unknownOrchestrator = (name: string): ReplayResult =>
  read(name, { isDone: false, actions: [], error: functionNotFound(name, 'orchestrator') });

/**
 * Finds out whether the library awaits a task id: it throws for a failure event without a reason if
 * it knows the task, and ignores the event otherwise.
 */
export async function isTaskKnown(
  invoke: Invoke,
  instance: Instance,
  id: number,
): Promise<boolean> {
  const failure = { EventType: EventType.TaskFailed, EventId: -1, TaskScheduledId: id };
  try {
    await invoke(instance.name, trigger(instance, [JSON.stringify(failure)]));
    return false;
  } catch {
    return true;
  }
}

function trigger({ id, parent, input, execution }: Instance, fresh: readonly string[]): TypedData {
  const fields = [
    `"instanceId":${JSON.stringify(id)}`,
    `"isReplaying":${execution.events.length > 0}`,
    `"parentInstanceId":${JSON.stringify(parent?.instanceId ?? null)}`,
    `"input":${input ?? 'null'}`,
    `"history":[${[...execution.texts, ...fresh].join()}]`,
    settings,
  ];
  return { json: `{${fields.join()}}` };
}

const marker = '$OutOfProcData$:';

/** The error of an orchestrator carries its state at the end of the message. */
function stateInMessage(error: unknown): OrchestratorState {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(marker);
  if (at < 0) throw error;
  return JSON.parse(message.slice(at + marker.length)) as OrchestratorState;
}

function parse(output: TypedData | undefined): OrchestratorState {
  if (output && 'json' in output) return JSON.parse(output.json) as OrchestratorState;
  if (output && 'string' in output) return JSON.parse(output.string) as OrchestratorState;
  throw new Error('The orchestrator did not return its state.');
}

function read(name: string, state: OrchestratorState): ReplayResult {
  const { isDone, actions, output, customStatus, error } = state;
  return {
    isDone,
    actions: readActions(actions.flat()),
    output: JSON.stringify(output ?? null),
    ...(customStatus !== undefined && { customStatus: JSON.stringify(customStatus) }),
    ...(error !== undefined && {
      failure: orchestratorFailure(`Orchestrator function '${name}' failed: ${error}`),
    }),
  };
}
