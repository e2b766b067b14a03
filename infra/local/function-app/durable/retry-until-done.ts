/** Repeats work with growing waits until it succeeds or the runtime stops. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryUntilDoneOptions {
  readonly what: string;
  readonly log: (line: string) => void;
  readonly stopping: AbortSignal;
}

const firstWaitMs = 100;
const maxWaitMs = 10_000;

export async function retryUntilDone<T>(
  { what, log, stopping }: RetryUntilDoneOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, maxWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (stopping.aborted) throw error;
      log(`Durable: ${what} failed and is retried: ${String(error)}`);
    }
    await pause(wait, stopping);
  }
}

/** Resolves early if the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
