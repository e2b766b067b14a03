/** Optimistic update: read, change and write a row, again while other writers are faster. */
import { StaleError } from '../errors/app-error';

const maxAttempts = 8;

/**
 * `read` is called before each attempt, with its number from 1. `prepare` decides on the change and
 * returns the write; what it throws is not repeated. The write must throw StaleError if the row
 * changed since it was read. Throws the last StaleError after eight attempts.
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
      if (!(error instanceof StaleError) || attempt === maxAttempts) throw error;
    }
  }
}
