/**
 * Histories that nobody has thought of: every step may bring a result, refuse, or break for good, and an orchestration
 * that continues as new is followed to its end.
 */
import type { OrchestrationContext } from 'durable-functions';
import fc from 'fast-check';
import type { Orchestration } from '../../functions/durable/step';
import { replay, type DurableCall } from './replay';

export type Outcome =
  { readonly done: unknown } | { readonly refused: object } | { readonly broken: string };

/** What a step may bring while the dice roll, and what it brings when they have come to rest. */
export interface RandomSource<T = any> {
  readonly values: fc.Arbitrary<T>;
  readonly fallback: T;
  /** The result that a roll stands for, where it depends on what was asked for. */
  readonly result?: (rolled: T, input: any) => unknown;
  /** A sub-orchestration is no step: it brings its result as it is, and never fails. */
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
  /** Every answer of a step or sub-orchestration, in order. */
  readonly entries: readonly HistoryEntry[];
}

/** By step: what it will bring, one time after the other. */
export type RandomPlan = Readonly<Record<string, readonly Outcome[]>>;

export const randomPlan = (steps: Readonly<Record<string, RandomSource>>): fc.Arbitrary<RandomPlan> =>
  fc.record(
    Object.fromEntries(
      Object.entries(steps).map(([name, dice]) => [
        name,
        fc.array(outcomeOf(dice), { maxLength: 30 }),
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
    { weight: 1, arbitrary: fc.constant({ broken: 'It broke.' }) },
  );
};

/** Follows an orchestration through all its histories. The replay itself fails the test when one is not repeated. */
export function follow<T>(
  orchestrate: (context: OrchestrationContext) => Orchestration<T>,
  input: unknown,
  steps: Readonly<Record<string, RandomSource>>,
  rolls: RandomPlan,
): History<T> {
  const told: HistoryEntry[] = [];
  const left = Object.fromEntries(Object.entries(rolls).map(([name, list]) => [name, [...list]]));
  const answer =
    (name: string, { fallback, plain, result }: RandomSource) =>
    (given: unknown) => {
      const rolled = left[name]?.shift() ?? { done: fallback };
      const outcome = result && 'done' in rolled ? { done: result(rolled.done, given) } : rolled;
      told.push({ call: { name, input: given }, outcome });
      if ('broken' in outcome) throw new Error(outcome.broken);
      return plain && 'done' in outcome ? outcome.done : outcome;
    };
  const answers = Object.fromEntries(
    Object.entries(steps).map(([name, dice]) => [name, answer(name, dice)]),
  );
  const calls: DurableCall[] = [];
  for (let next = input, histories = 1; ; histories++) {
    const replayed = replay(orchestrate, next, answers);
    calls.push(...replayed.calls);
    if (replayed.continuedAs === undefined)
      return { result: replayed.result, error: replayed.error, calls, entries: told };
    if (histories > 100) throw new Error('It continues as new for ever.');
    next = replayed.continuedAs;
  }
}

/** Steps that did not bring a result. */
export const failed = ({ entries }: Pick<History<unknown>, 'told'>): readonly HistoryEntry[] =>
  entries.filter(({ outcome }) => !('done' in outcome));
