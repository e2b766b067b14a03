/** Seeded random generator: the same seed gives the same sequence. */
import { random } from '../../emulator/faults';

export interface SeededRandom {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** Whole number from `min` to `max`, both inclusive. */
  between(min: number, max: number): number;
  pick<T>(from: readonly T[]): T | undefined;
  chance(probability: number): boolean;
}

export function seededRandom(seed: string): SeededRandom {
  const next = random(hashOf(seed));
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    pick: (from) => from[between(0, from.length - 1)],
    chance: (probability) => next() < probability,
  };
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/**
 * Picks a candidate by rendezvous hashing, so that adding or removing another candidate rarely
 * changes the choice. A changed pipeline therefore leaves the run history of a factory mostly
 * unchanged.
 */
export function pickStable<T extends { readonly name: string }>(
  text: string,
  from: readonly T[],
): T | undefined {
  let best: { readonly weight: number; readonly candidate: T } | undefined;
  const salt = hashOf(text);
  for (const candidate of from) {
    const weight = mix(salt ^ hashOf(candidate.name));
    if (!best || weight > best.weight) best = { weight, candidate };
  }
  return best?.candidate;
}

/** Distributes differences of a few bits over all bits. */
function mix(bits: number): number {
  const folded = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (folded ^ (folded >>> 16)) >>> 0;
}
