/** Work behind earlier requests would be measured with the next ones. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../../infra/local/stack/stack';

/** Requests to storage of timers and queues, while nothing is left to do. */
const quietPerSecond = 20;

/** Waits until storage gets almost no requests, or the time is over. */
export async function quiet(stack: Stack, longestMs = 30_000): Promise<void> {
  const endsAt = performance.now() + longestMs;
  let seq: number;
  do {
    seq = lastSeq(stack);
    await sleep(1_000);
    await stack.settle();
  } while (lastSeq(stack) - seq > quietPerSecond && performance.now() < endsAt);
}

export const lastSeq = ({ journal }: Stack): number =>
  journal.read({ service: 'storage' }).at(-1)?.seq ?? 0;
