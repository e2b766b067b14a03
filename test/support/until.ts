/** The only wait of tests. It is for a condition, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/** Ends a wait that would be endless. It is far beyond what the slowest machine needs. */
export const patienceMs = 300_000;
/** Seldom enough that asking takes little from what is waited for. */
const longestPauseMs = 200;

export async function until<T>(condition: () => T | Promise<T>, what: string): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const met = await condition();
    if (met) return met;
    if (performance.now() > deadline)
      throw new Error(`This condition was not met in time: ${what}.`);
    await pause(pauseMs);
  }
}
