/** Repetition of transactions that depend on no version of a row. */
import { RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import {
  submitUnconditional,
  submitWhileExists,
} from '../../../functions/azure/table-storage/unconditional-write';

const key = { partitionKey: 'p', rowKey: 'writer' };
const put: TransactionAction = ['upsert', { partitionKey: 'p', rowKey: 'a' }, 'Replace'];

/** A table that responds to the first transactions with these status codes. */
function tableWith(...statusCodes: number[]) {
  const submitted: TransactionAction[][] = [];
  const table = {
    submitTransaction: async (actions: TransactionAction[]) => {
      submitted.push(actions);
      const statusCode = statusCodes[submitted.length - 1];
      if (statusCode !== undefined) throw new RestError('Rejected.', { statusCode });
    },
  } as unknown as TableClient;
  return { table, submitted };
}

const submits = {
  submitUnconditional: (table: TableClient) => submitUnconditional(table, [put]),
  submitWhileExists: (table: TableClient) => submitWhileExists(table, [put], key),
};

describe.each(Object.entries(submits))('%s', (_name, submit) => {
  it.each([409, 412])('repeats a transaction that overlaps another (%i)', async (status) => {
    const { table, submitted } = tableWith(status, status);

    await submit(table);

    expect(submitted).toHaveLength(3);
    expect(submitted[2]).toEqual(submitted[0]);
  });

  it('gives up after six attempts', async () => {
    const { table, submitted } = tableWith(...Array<number>(9).fill(412));

    await expect(submit(table)).rejects.toMatchObject({ statusCode: 412 });

    expect(submitted).toHaveLength(6);
  });

  it('reports a missing row at once', async () => {
    const { table, submitted } = tableWith(404);

    await expect(submit(table)).rejects.toMatchObject({ statusCode: 404 });

    expect(submitted).toHaveLength(1);
  });
});

describe('submitUnconditional', () => {
  it('refuses an action that depends on a version', async () => {
    const { table } = tableWith();

    await expect(submitUnconditional(table, [['create', key]])).rejects.toThrow('writeRows()');
  });
});
