/** Waits for work that should not delay its caller for long. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the work or after the time. The work continues, and must not reject. */
export async function waitAtMost(work: Promise<unknown>, milliseconds: number): Promise<void> {
  await Promise.race([work, sleep(milliseconds, undefined, { ref: false })]);
}
