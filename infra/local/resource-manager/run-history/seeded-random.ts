/** Chance that can be repeated: the same words give the same throws. */
import { random } from '../../emulator/faults';

export interface SeededRandom {
  /** From 0 up to 1. */
  next(): number;
  /** Whole, with both ends. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T | undefined;
  chance(share: number): boolean;
}

export function seededRandom(words: string): SeededRandom {
  const next = random(hashOf(words));
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (from) => from[between(0, from.length - 1)],
    chance: (share) => next() < share,
  };
}

/** FNV-1a. */
export function hashOf(words: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < words.length; at++)
    hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/**
 * One of the candidates, such that adding or removing another one rarely changes the choice (rendezvous
 * hashing): the history of a factory survives a change of its pipelines.
 */
export function pickStable<T extends { readonly name: string }>(
  words: string,
  from: readonly T[],
): T | undefined {
  let best: { readonly weight: number; readonly candidate: T } | undefined;
  const salt = hashOf(words);
  for (const candidate of from) {
    const weight = mix(salt ^ hashOf(candidate.name));
    if (!best || weight > best.weight) best = { weight, candidate };
  }
  return best?.candidate;
}

/** Spreads what a few differing bits say over all of them. */
function mix(bits: number): number {
  const folded = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (folded ^ (folded >>> 16)) >>> 0;
}
