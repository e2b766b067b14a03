/** Transactions of one table that are submitted at about the same time. */
import {
  RestError,
  type TableClient,
  type TableTransactionResponse,
  type TransactionAction,
} from '@azure/data-tables';
import { combining } from '../../../functions/azure/table-storage/combined-transactions';
import { serviceUnavailable } from '../../../functions/azure/availability';

const partitionKey = 'p';
const upsert = (rowKey: string, columns: object = { v: 1 }): TransactionAction => [
  'upsert',
  { partitionKey, rowKey, ...columns },
  'Merge',
];
const update = (rowKey: string, etag: string): TransactionAction => [
  'update',
  { partitionKey, rowKey, v: 1 },
  'Replace',
  { etag },
];
const whileExists = (rowKey: string): TransactionAction => [
  'update',
  { partitionKey, rowKey },
  'Merge',
  { etag: '*' },
];

/** A table that answers each transaction when the test says so. */
function tableContext() {
  const sent: {
    rows: string[];
    actions: TransactionAction[];
    answer: (error?: unknown) => void;
  }[] = [];
  const submitTransaction = (actions: TransactionAction[]) =>
    new Promise<TableTransactionResponse>((resolve, reject) => {
      const subResponses = actions.map(([, { rowKey }]) => ({ status: 204, etag: `e-${rowKey}` }));
      const response = { status: 202, subResponses, getResponseForEntity: () => undefined };
      const answer = (error?: unknown) => (error ? reject(error as Error) : resolve(response));
      sent.push({ rows: actions.map(([, { rowKey }]) => rowKey), actions, answer });
    });
  const table = combining({ submitTransaction } as unknown as TableClient);
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    table,
    sent,
    settle,
    /** One transaction is under way, so the next ones wait until it is released. */
    occupy: async () => {
      const first = table.submitTransaction([upsert('first')]);
      await settle();
      return async () => {
        sent[0]!.answer();
        await first;
        await settle();
      };
    },
  };
}

const etagsOf = async (response: Promise<TableTransactionResponse>) =>
  (await response).subResponses.map(({ etag }) => etag);

describe('transactions of a combining table', () => {
  it('are sent together while another one is under way', async () => {
    const { table, sent, occupy } = tableContext();
    const release = await occupy();
    const one = table.submitTransaction([update('a', 'e1'), upsert('shared', { one: 1 })]);
    const other = table.submitTransaction([update('b', 'e2'), upsert('shared', { other: 2 })]);
    expect(sent).toHaveLength(1);

    await release();
    sent[1]!.answer();

    expect(sent[1]!.rows).toEqual(['a', 'shared', 'b']);
    expect(sent[1]!.actions[1]![1]).toMatchObject({ one: 1, other: 2 });
    expect(await etagsOf(one)).toEqual(['e-a', 'e-shared']);
    expect(await etagsOf(other)).toEqual(['e-b', 'e-shared']);
  });

  it('are sent one by one if storage refuses the combined one', async () => {
    const { table, sent, settle, occupy } = tableContext();
    const release = await occupy();
    const one = table.submitTransaction([update('a', 'old')]);
    const other = table.submitTransaction([update('b', 'e2')]);
    await release();
    const refusal = new RestError('changed', { statusCode: 412 });

    sent[1]!.answer(refusal);
    await settle();
    sent[2]!.answer(refusal);
    sent[3]!.answer();

    await expect(one).rejects.toBe(refusal);
    expect(await etagsOf(other)).toEqual(['e-b']);
    expect(sent.slice(1).map(({ rows }) => rows)).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('all fail if no response arrives, which says nothing about them', async () => {
    const { table, sent, occupy } = tableContext();
    const release = await occupy();
    const both = [update('a', 'e1'), update('b', 'e2')].map((action) =>
      table.submitTransaction([action]),
    );
    await release();
    const outage = serviceUnavailable('storage', new Error('The connection was lost.'));

    sent[1]!.answer(outage);

    const settled = await Promise.allSettled(both);
    expect(settled.map((each) => each.status === 'rejected' && each.reason)).toEqual([
      outage,
      outage,
    ]);
    expect(sent).toHaveLength(2);
  });

  it.each<[string, TransactionAction[], TransactionAction[]]>([
    ['replace the same row', [update('a', 'e1')], [update('a', 'e1')]],
    ['own a row that the other changes', [upsert('a')], [update('b', 'e1'), upsert('a')]],
    ['change a row that the other owns', [update('b', 'e1'), upsert('a')], [upsert('a')]],
    [
      'delete a row that the other changes',
      [update('b', 'e1'), upsert('a')],
      [update('c', 'e1'), ['delete', { partitionKey, rowKey: 'a' }]],
    ],
    [
      'have too many rows together',
      Array.from({ length: 30 }, (_, n) => upsert(`a${n}`)),
      Array.from({ length: 30 }, (_, n) => upsert(`b${n}`)),
    ],
  ])('stay apart if they %s', async (name, one, other) => {
    const { table, sent, settle, occupy } = tableContext();
    const release = await occupy();
    const more = name.startsWith('have')
      ? Array.from({ length: 2 }, (_, k) =>
          Array.from({ length: 25 }, (_, n) => upsert(`c${k}-${n}`)),
        )
      : [];
    const all = [one, ...more, other].map((actions) => table.submitTransaction(actions));
    await release();

    sent[1]!.answer();
    await settle();
    sent[2]!.answer();

    await Promise.all(all);
    const rowsOf = (actions: TransactionAction[]) => actions.map(([, { rowKey }]) => rowKey);
    expect(sent.slice(1).map(({ rows }) => rows)).toEqual([
      rowsOf([...one, ...more.flat()]),
      rowsOf(other),
    ]);
  });

  it('may require the same row to exist', async () => {
    const { table, sent, occupy } = tableContext();
    const release = await occupy();
    const both = ['a', 'b'].map((row) =>
      table.submitTransaction([whileExists('writer'), upsert(row)]),
    );

    await release();
    sent[1]!.answer();

    expect(sent[1]!.rows).toEqual(['writer', 'a', 'b']);
    expect(await Promise.all(both.map(etagsOf))).toEqual([
      ['e-writer', 'e-a'],
      ['e-writer', 'e-b'],
    ]);
  });

  it('fail alone if a row has no partition', async () => {
    const { table, sent, occupy } = tableContext();
    const release = await occupy();
    const broken = table.submitTransaction([
      upsert('a'),
      ['upsert', { rowKey: 'b' } as never, 'Merge'],
    ]);
    const other = table.submitTransaction([upsert('c')]);

    await expect(broken).rejects.toThrow(TypeError);
    await release();
    sent[1]!.answer();

    expect(await etagsOf(other)).toEqual(['e-c']);
  });

  it('do not wait for a large one or for other partitions', async () => {
    const { table, sent, settle, occupy } = tableContext();
    await occupy();
    const large = Array.from({ length: 31 }, (_, n) => upsert(`a${n}`));

    void table.submitTransaction(large);
    void table.submitTransaction([['upsert', { partitionKey: 'q', rowKey: 'b' }, 'Merge']]);
    await settle();

    expect(sent.map(({ rows }) => rows.length)).toEqual([1, 31, 1]);
  });
});
