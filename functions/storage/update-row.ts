/** Optimistic update: read, change and write a row, again while other writers are faster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ContendedError, StaleError } from '../errors/app-error';

const maxAttempts = 8;
/** Doubles with each attempt. Writers that wait for random times do not meet again. */
const firstPauseMs = 5;

/**
 * `read` is called before each attempt, with its number from 1. `prepare` decides on the change and
 * returns the write; what it throws is not repeated. The write must throw StaleError if the row
 * changed since it was read. After eight attempts ContendedError is thrown and not StaleError: the
 * caller may have required no version, and one that it required is checked by `prepare`.
 */
export async function updateRow<Row, Result>(
  read: (attempt: number) => Row | Promise<Row>,
  prepare: (row: Row) => () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const write = prepare(await read(attempt));
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StaleError)) throw error;
      if (attempt === maxAttempts) throw contended(error);
      await sleep(Math.random() * firstPauseMs * 2 ** attempt);
    }
  }
}

const contended = (cause: StaleError) =>
  new ContendedError(
    'row_contended',
    'Too many requests change this at the same time. Repeat the request after a few seconds.',
    true,
    cause,
  );
