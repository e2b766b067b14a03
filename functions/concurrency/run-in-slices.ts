/** Long calculations that let the requests and orchestrations of the same worker go on. */
import { setImmediate as turn } from 'node:timers/promises';

const sliceMs = 15;

/** Runs a calculation to its end. Between slices other work of the process runs. */
export async function runInSlices<T>(steps: Generator<void, T>): Promise<T> {
  let begun = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as T;
    if (performance.now() - begun < sliceMs) continue;
    await turn();
    begun = performance.now();
  }
}

/** Runs a calculation to its end at once. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as T;
  }
}
