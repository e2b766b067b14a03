/**
 * Random histories of an orchestration: each step returns a result, refuses, or fails for good. A
 * history that continues as new is followed to its end.
 */
import type { OrchestrationContext } from 'durable-functions';
import fc from 'fast-check';
import type { Orchestration } from '../../functions/durable/step';
import { replay, type DurableCall } from './replay';

export type Outcome =
  { readonly done: unknown } | { readonly refused: object } | { readonly broken: string };

/** Results of one step: random values first, then the fallback, so that each history ends. */
export interface RandomSource<T = any> {
  readonly values: fc.Arbitrary<T>;
  readonly fallback: T;
  /** Maps a random value to a result that depends on the input. */
  readonly result?: (value: T, input: any) => unknown;
  /** A sub-orchestration returns its result as it is and never fails. */
  readonly plain?: true;
}

export interface HistoryEntry {
  readonly call: DurableCall;
  readonly outcome: Outcome;
}

export interface History<T> {
  readonly result: T | undefined;
  readonly error: unknown;
  readonly calls: readonly DurableCall[];
  /** Every result of a step or sub-orchestration, in order. */
  readonly entries: readonly HistoryEntry[];
}

/** Outcomes by step, in the order of its calls. */
export type RandomPlan = Readonly<Record<string, readonly Outcome[]>>;

export const randomPlan = (
  steps: Readonly<Record<string, RandomSource>>,
): fc.Arbitrary<RandomPlan> =>
  fc.record(
    Object.fromEntries(
      Object.entries(steps).map(([name, source]) => [
        name,
        fc.array(outcomeOf(source), { maxLength: 30 }),
      ]),
    ),
  );

const outcomeOf = ({ values, plain }: RandomSource): fc.Arbitrary<Outcome> => {
  const done = values.map((value) => ({ done: value }));
  if (plain) return done;
  const refusal = { code: 'refused_for_good', message: 'No.' };
  return fc.oneof(
    { weight: 60, arbitrary: done },
    { weight: 1, arbitrary: fc.constant({ refused: refusal }) },
    { weight: 1, arbitrary: fc.constant({ broken: 'The step failed.' }) },
  );
};

/**
 * Follows an orchestration through all its histories. The replay fails the test if a history is not
 * deterministic.
 */
export function follow<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
  steps: Readonly<Record<string, RandomSource>>,
  plan: RandomPlan,
): History<T> {
  const entries: HistoryEntry[] = [];
  const remaining = Object.fromEntries(
    Object.entries(plan).map(([name, outcomes]) => [name, [...outcomes]]),
  );
  const resultsOf =
    (name: string, { fallback, plain, result }: RandomSource) =>
    (given: unknown) => {
      const planned = remaining[name]?.shift() ?? { done: fallback };
      const outcome = result && 'done' in planned ? { done: result(planned.done, given) } : planned;
      entries.push({ call: { name, input: given }, outcome });
      if ('broken' in outcome) throw new Error(outcome.broken);
      return plain && 'done' in outcome ? outcome.done : outcome;
    };
  const results = Object.fromEntries(
    Object.entries(steps).map(([name, source]) => [name, resultsOf(name, source)]),
  );
  const calls: DurableCall[] = [];
  for (let next = input, histories = 1; ; histories++) {
    const replayed = replay(orchestrate, next, results);
    calls.push(...replayed.calls);
    if (replayed.continuedAs === undefined)
      return { result: replayed.result, error: replayed.error, calls, entries };
    if (histories > 100) throw new Error('The orchestration continued as new 100 times.');
    next = replayed.continuedAs;
  }
}

/** Steps that returned no result. */
export const failed = ({ entries }: Pick<History<unknown>, 'entries'>): readonly HistoryEntry[] =>
  entries.filter(({ outcome }) => !('done' in outcome));
