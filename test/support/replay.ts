/**
 * Runs an orchestrator like the Durable runtime: from the start for each new result. The test fails
 * if a replay yields anything else than the run before. Time passes by timers only.
 */
import { isDeepStrictEqual } from 'node:util';
import type { OrchestrationContext } from 'durable-functions';
import type { Orchestration } from '../../functions/durable/step';

/** Input or result of a call, which tests read without narrowing its type. */
// oxlint-disable-next-line typescript/no-explicit-any
type Sent = any;

export interface DurableCall {
  readonly name: string;
  readonly input: Sent;
  /** Present for a sub-orchestration. */
  readonly instanceId?: string;
}
/** What one yield waits for. */
interface YieldedTask {
  readonly calls: readonly DurableCall[];
  readonly all?: true;
  readonly timer?: string;
  readonly event?: string;
  /** Waits for the first of these tasks. */
  readonly any?: readonly YieldedTask[];
}
export type TaskResults = Record<string, (input: Sent) => unknown>;

export interface ReplayResult<T> {
  readonly result?: T;
  readonly error?: unknown;
  readonly calls: readonly DurableCall[];
  readonly timers: readonly string[];
  readonly statuses: readonly unknown[];
  /** Lines of the log, parsed. A replay of the past logs nothing. */
  readonly logged: readonly Sent[];
  /** Input of the next history. */
  readonly continuedAs?: Sent;
}

/** Part of each timer, but not of the yielded task, so that replays do not compare it. */
const cancellable = { cancel() {} };

const start = '2026-01-15T12:00:00.000Z';

export function replay<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
  results: TaskResults,
  { timersEarlyMs = 0 }: { readonly timersEarlyMs?: number } = {},
): ReplayResult<T> {
  const history: { task: YieldedTask; result?: unknown; error?: unknown }[] = [];
  for (;;) {
    const run = begin(orchestrate, input);
    let step: IteratorResult<unknown, T>;
    try {
      step = run.generator.next();
      for (const [index, past] of history.entries()) {
        run.clock.isReplaying = index < history.length - 1;
        const expected = { done: false, value: past.task };
        // An assertion costs as much as the step.
        if (!isDeepStrictEqual(step, expected)) expect(step).toEqual(expected);
        const timer = timerOf(past);
        if (timer) run.clock.now = new Date(Date.parse(timer) - timersEarlyMs).toISOString();
        const winner = (step.value as YieldedTask).any?.[past.result as number];
        step =
          'error' in past
            ? run.generator.throw(past.error)
            : run.generator.next(winner ?? past.result);
      }
    } catch (error) {
      if (isAssertion(error)) throw error;
      return { error, ...summary(history, run) };
    }
    if (step.done) return { result: step.value, ...summary(history, run) };
    history.push(resultOf(step.value as YieldedTask, results));
  }
}

function begin<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
) {
  const clock = { now: start, isReplaying: false };
  const logged: Sent[] = [];
  const statuses: unknown[] = [];
  const continued: unknown[] = [];
  const taskOf = (call: DurableCall): YieldedTask => ({ calls: [structuredClone(call)] });
  const df = {
    instanceId: 'run',
    get isReplaying() {
      return clock.isReplaying;
    },
    get currentUtcDateTime() {
      return new Date(clock.now);
    },
    getInput: () => structuredClone(input),
    setCustomStatus: (status: unknown) => void statuses.push(status),
    continueAsNew: (next: unknown) => void continued.push(structuredClone(next)),
    createTimer: (due: Date): YieldedTask =>
      Object.create(
        cancellable,
        Object.getOwnPropertyDescriptors({ calls: [], timer: due.toISOString() }),
      ),
    waitForExternalEvent: (event: string): YieldedTask => ({ calls: [], event }),
    callActivityWithRetry: (name: string, _retry: unknown, given: unknown) =>
      taskOf({ name, input: given }),
    callSubOrchestrator: (name: string, given: unknown, instanceId?: string) =>
      taskOf({ name, input: given, ...(instanceId !== undefined && { instanceId }) }),
    Task: {
      any: (any: YieldedTask[]): YieldedTask => ({ calls: [], any }),
      all: (tasks: YieldedTask[]): YieldedTask => {
        if (tasks.length === 0) throw new Error('The SDK rejects an empty Task.all.');
        return { calls: tasks.flatMap(({ calls }) => calls), all: true };
      },
    },
  };
  const error = (line: string) => void logged.push(JSON.parse(line));
  const generator = orchestrate({ df, error } as unknown as OrchestrationContext);
  return { generator, clock, statuses, logged, continued };
}

type Run = ReturnType<typeof begin>;

/** Due time of the timer that ended the yield, if one did. */
function timerOf({ task, result }: { readonly task: YieldedTask; readonly result?: unknown }) {
  return task.any ? task.any[result as number]?.timer : task.timer;
}

function resultOf(task: YieldedTask, results: TaskResults) {
  try {
    // An event is raised if the test says so; otherwise the timer ends.
    if (task.any) {
      const raised = task.any.findIndex(({ event }) => event && results[event]?.(undefined));
      return { task, result: raised >= 0 ? raised : task.any.findIndex(({ timer }) => timer) };
    }
    const given = task.calls.map(({ name, input }) => {
      const result = results[name];
      if (!result) throw new Error(`The test has no result for ${name}.`);
      return structuredClone(result(input));
    });
    return { task, result: task.all ? given : given[0] };
  } catch (error) {
    return { task, error };
  }
}

const summary = (
  history: readonly { readonly task: YieldedTask; readonly result?: unknown }[],
  { statuses, logged, continued }: Pick<Run, 'statuses' | 'logged' | 'continued'>,
) => ({
  calls: history.flatMap(({ task }) => task.calls),
  timers: history.flatMap((past) => timerOf(past) ?? []),
  statuses,
  logged,
  ...(continued.length > 0 && { continuedAs: continued.at(-1) }),
});

const isAssertion = (error: unknown) =>
  (error as { matcherResult?: unknown }).matcherResult !== undefined;
