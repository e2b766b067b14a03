import type { TransactionAction } from '@azure/data-tables';
import { encodedSize, toTransactions } from '../../../functions/azure/table-storage/batching';

const row = (rowKey: string, bytes = 10): TransactionAction => [
  'upsert',
  { partitionKey: 'p', rowKey, body0: Buffer.alloc(bytes) },
  'Replace',
];
const group = (name: string, size: number) =>
  Array.from({ length: size }, (_, n) => row(`${name}${n}`));
const keys = (actions: readonly TransactionAction[]) =>
  actions.map(([, entity]) => (entity as { rowKey: string }).rowKey);

describe('toTransactions', () => {
  it('splits no small group and puts at most 100 rows together', () => {
    const groups = Array.from({ length: 90 }, (_, n) => group(`g${n}-`, 7));

    const chains = toTransactions(groups);

    expect(chains.flat(2)).toHaveLength(630);
    expect(chains.every((chain) => chain.length === 1 && chain[0]!.length <= 100)).toBe(true);
    for (const each of groups)
      expect(chains.filter(([only]) => keys(only!).includes(keys(each)[0]!))).toHaveLength(1);
  });

  it('keeps the order of rows in a group that it splits', () => {
    const large = group('x', 250);

    const chains = toTransactions([large]);

    expect(chains).toHaveLength(1);
    expect(chains[0]!.flatMap(keys)).toEqual(keys(large));
    expect(chains[0]!.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  it('limits a transaction to 4 MiB of request body', () => {
    const chains = toTransactions(Array.from({ length: 20 }, (_, n) => [row(`r${n}`, 900_000)]));

    const sizes = chains
      .flat()
      .map((actions) => actions.reduce((n, each) => n + encodedSize(each), 0));
    expect(Math.max(...sizes)).toBeLessThan(4 * 1_048_576);
    expect(chains.flat(2)).toHaveLength(20);
  });

  it('writes a repeated row once, in its last version', () => {
    const [chain] = toTransactions([[row('a', 1)], [row('a', 2)]]);

    expect(chain).toEqual([[row('a', 2)]]);
  });
});
