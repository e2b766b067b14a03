/**
 * Runs an orchestrator as the Durable runtime does: from the top, again and again, one more answer each time. A replay
 * that asks for anything else than the run before it fails the test. Time passes only by timers.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Orchestration } from '../../functions/durable/step';

/** What was sent, which a test looks into without narrowing it first. */
// oxlint-disable-next-line typescript/no-explicit-any
type Sent = any;

export interface DurableCall {
  readonly name: string;
  readonly input: Sent;
  /** Of a sub-orchestration. */
  readonly instanceId?: string;
}
/** What is asked for by one yield. */
interface YieldedTask {
  readonly calls: readonly DurableCall[];
  readonly all?: true;
  readonly timer?: string;
  readonly event?: string;
  /** The tasks of which the first to end is waited for. */
  readonly any?: readonly YieldedTask[];
}
export type TaskResults = Record<string, (input: Sent) => unknown>;

export interface ReplayResult<T> {
  readonly result?: T;
  readonly error?: unknown;
  readonly calls: readonly DurableCall[];
  readonly timers: readonly string[];
  readonly statuses: readonly unknown[];
  /** The input of the next history. */
  readonly continuedAs?: Sent;
}

const start = '2026-01-15T12:00:00.000Z';

export function replay<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
  answers: TaskResults,
): ReplayResult<T> {
  const history: { turn: YieldedTask; answer?: unknown; error?: unknown }[] = [];
  for (;;) {
    const run = begin(orchestrate, input);
    let step: IteratorResult<unknown, T>;
    try {
      step = run.generator.next();
      for (const past of history) {
        expect(step).toEqual({ done: false, value: past.turn });
        const timer = timerOf(past);
        if (timer) run.clock.now = timer;
        const winner = (step.value as YieldedTask).any?.[past.answer as number];
        step =
          'error' in past
            ? run.generator.throw(past.error)
            : run.generator.next(winner ?? past.answer);
      }
    } catch (error) {
      if (isAssertion(error)) throw error;
      return { error, ...summary(history, run) };
    }
    if (step.done) return { result: step.value, ...summary(history, run) };
    history.push(answered(step.value as YieldedTask, answers));
  }
}

function begin<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
) {
  const clock = { now: start };
  const statuses: unknown[] = [];
  const continued: unknown[] = [];
  const call = (asked: DurableCall): YieldedTask => ({ calls: [structuredClone(asked)] });
  const df = {
    instanceId: 'run',
    get currentUtcDateTime() {
      return new Date(clock.now);
    },
    getInput: () => structuredClone(input),
    setCustomStatus: (status: unknown) => void statuses.push(status),
    continueAsNew: (next: unknown) => void continued.push(structuredClone(next)),
    createTimer: (due: Date): YieldedTask =>
      // Cancelling is no part of what was asked for, so it is not compared.
      Object.create(
        { cancel() {} },
        Object.getOwnPropertyDescriptors({ calls: [], timer: due.toISOString() }),
      ),
    waitForExternalEvent: (event: string): YieldedTask => ({ calls: [], event }),
    callActivityWithRetry: (name: string, _retry: unknown, given: unknown) =>
      call({ name, input: given }),
    callSubOrchestrator: (name: string, given: unknown, instanceId?: string) =>
      call({ name, input: given, ...(instanceId !== undefined && { instanceId }) }),
    Task: {
      any: (any: YieldedTask[]): YieldedTask => ({ calls: [], any }),
      all: (turns: YieldedTask[]): YieldedTask => {
        if (turns.length === 0) throw new Error('The library refuses an empty Task.all.');
        return { calls: turns.flatMap(({ calls }) => calls), all: true };
      },
    },
  };
  const generator = orchestrate({ df } as unknown as OrchestrationContext);
  return { generator, clock, statuses, continued };
}

/** When a timer was due that has ended: waited for alone, or before anything else happened. */
function timerOf({ turn, answer }: { readonly turn: YieldedTask; readonly answer?: unknown }) {
  return turn.any ? turn.any[answer as number]?.timer : turn.timer;
}

function answered(turn: YieldedTask, answers: TaskResults) {
  try {
    // An event is raised when the test says so, and until then every timer ends.
    if (turn.any) {
      const raised = turn.any.findIndex(({ event }) => event && answers[event]?.(undefined));
      return { turn, answer: raised >= 0 ? raised : turn.any.findIndex(({ timer }) => timer) };
    }
    const given = turn.calls.map(({ name, input }) => {
      const answer = answers[name];
      if (!answer) throw new Error(`Nobody answers ${name}.`);
      return structuredClone(answer(input));
    });
    return { turn, answer: turn.all ? given : given[0] };
  } catch (error) {
    return { turn, error };
  }
}

const summary = (
  history: readonly { readonly turn: YieldedTask; readonly answer?: unknown }[],
  { statuses, continued }: { readonly statuses: unknown[]; readonly continued: unknown[] },
) => ({
  calls: history.flatMap(({ turn }) => turn.calls),
  timers: history.flatMap((past) => timerOf(past) ?? []),
  statuses,
  ...(continued.length > 0 && { continuedAs: continued.at(-1) }),
});

const isAssertion = (error: unknown) =>
  (error as { matcherResult?: unknown }).matcherResult !== undefined;
