/** The best of many hits, without an object for each of the others. */
import type { FactoryIndex, Matches } from './factory-index';

export interface FactoryMatches {
  readonly index: FactoryIndex;
  readonly matches: Matches;
  /** Whether an entry counts. */
  readonly isWanted: (at: number) => boolean;
}

export interface BestHit {
  /** Position of the factory. */
  readonly factory: number;
  /** Position among the matches of the factory. */
  readonly at: number;
  readonly score: number;
}

/** At most `count` hits by score, then in the order of factories and entries. */
export function bestHits(factories: readonly FactoryMatches[], count: number): BestHit[] {
  const scores: number[] = [];
  for (const { matches, isWanted } of factories)
    for (const [at, score] of matches.scores.entries()) if (isWanted(at)) scores.push(score);
  const sorted = Float32Array.from(scores).sort();
  const least = sorted[Math.max(0, sorted.length - count)] ?? 0;
  const better: BestHit[] = [];
  const equal: BestHit[] = [];
  for (const [factory, { matches, isWanted }] of factories.entries())
    for (const [at, score] of matches.scores.entries())
      if (score >= least && (score > least || equal.length < count) && isWanted(at))
        (score > least ? better : equal).push({ factory, at, score });
  // A stable sort keeps the order of factories and entries.
  return [...better.sort((one, other) => other.score - one.score), ...equal].slice(0, count);
}
