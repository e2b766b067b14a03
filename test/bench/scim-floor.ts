/**
 * What a SCIM operation costs at least on this machine: the local host responds without storage, and
 * Azurite serves the reads and transactions that the operation cannot do without, one after the other.
 */
import { readFileSync } from 'node:fs';
import { TableClient, type TransactionAction } from '@azure/data-tables';
import type { Stack } from '../../infra/local/stack/stack';
import { loadFor, type LoadClient } from './load';
import { formatNumber, type Report } from './report';

const rounds = 2;
const roundMs = 1_000;
/** Rows of a user, its intent and its audit record. */
const rowsPerTransaction = 3;

export interface Cost {
  readonly reads: number;
  readonly transactions?: number;
}

/** Operations per second at most, for a cost. */
export type Floor = (cost: Cost) => number;

export async function measureFloor(
  stack: Stack,
  client: LoadClient,
  clients: number,
  report: Report,
): Promise<Floor> {
  const { azure, authorityFile } = stack.description();
  const table = TableClient.fromConnectionString(azure.storageConnectionString, 'directory', {
    tlsOptions: { ca: readFileSync(authorityFile, 'utf8') },
  });
  const row = (n: number) => ({ partitionKey: 'bench', rowKey: `row-${n}`, text: 'x'.repeat(500) });
  for (let n = 0; n < clients; n++) await table.upsertEntity(row(n), 'Replace');
  const best = async (call: (n: number) => Promise<unknown>) => {
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++)
      rates.push((await loadFor(roundMs, clients, call)).perSecond);
    return Math.max(...rates);
  };
  const host = await best(() => client.call('GET', '/ServiceProviderConfig'));
  const read = await best((n) => table.getEntity('bench', `row-${n % clients}`));
  const transaction = await best((n) =>
    table.submitTransaction(
      Array.from({ length: rowsPerTransaction }, (_, index): TransactionAction => [
        'upsert',
        row(rowsPerTransaction * n + index),
        'Replace',
      ]),
    ),
  );
  report('floor: the local host without storage', `${formatNumber(host)}/s`);
  report('floor: Azurite, one point read', `${formatNumber(read)}/s`);
  report('floor: Azurite, a transaction of three rows', `${formatNumber(transaction)}/s`);
  return ({ reads, transactions = 0 }) =>
    1 / (1 / host + reads / read + transactions / transaction);
}
