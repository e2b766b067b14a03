/**
 * What a SCIM operation costs at least on this machine: the local host responds without storage, and
 * Azurite serves the reads and transactions that the operation cannot do without, one after the other.
 */
import { readFileSync } from 'node:fs';
import { TableClient, type TransactionAction } from '@azure/data-tables';
import type { Stack } from '../../../infra/local/stack/stack';
import { loadFor, type LoadClient } from '../load';
import { sampleOf } from '../memory';
import { formatMs, formatNumber, type Report } from '../report';

const rounds = 2;
const roundMs = 1_000;
/** Rows of a user, its intent and its audit record. */
const rowsPerTransaction = 3;

export interface Cost {
  readonly reads: number;
  readonly transactions?: number;
}

interface Measured {
  readonly perSecond: number;
  readonly processorMs: number;
}

const textOf = ({ perSecond, processorMs }: Measured) =>
  `${formatNumber(perSecond)}/s, ${formatMs(processorMs)} of processor`;

/** Operations per second at most, for a cost. */
export type Floor = (cost: Cost) => number;

export async function measureFloor(
  stack: Stack,
  client: LoadClient,
  clients: number,
  report: Report,
): Promise<Floor> {
  const { azure, authorityFile, hostPid } = stack.description();
  const table = TableClient.fromConnectionString(azure.storageConnectionString, 'directory', {
    tlsOptions: { ca: readFileSync(authorityFile, 'utf8') },
  });
  const row = (n: number) => ({ partitionKey: 'bench', rowKey: `row-${n}`, text: 'x'.repeat(500) });
  for (let n = 0; n < clients; n++) await table.upsertEntity(row(n), 'Replace');
  /** Of the best round; processor time of the process that does the work. */
  const best = async (
    processorMs: () => Promise<number>,
    call: (n: number) => Promise<unknown>,
  ): Promise<Measured> => {
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = await processorMs();
      const { calls, perSecond } = await loadFor(roundMs, clients, call);
      measured.push({ perSecond, processorMs: ((await processorMs()) - before) / calls });
    }
    return measured.toSorted((one, other) => other.perSecond - one.perSecond)[0]!;
  };
  const ofHost = async () => (await sampleOf(hostPid)).processorMs;
  const ofClient = async () => (await sampleOf(process.pid)).processorMs;
  const host = await best(ofHost, () => client.call('GET', '/ServiceProviderConfig'));
  const read = await best(ofClient, (n) => table.getEntity('bench', `row-${n % clients}`));
  const transaction = await best(ofClient, (n) =>
    table.submitTransaction(
      Array.from({ length: rowsPerTransaction }, (_, index): TransactionAction => [
        'upsert',
        row(rowsPerTransaction * n + index),
        'Replace',
      ]),
    ),
  );
  report('floor: the local host without storage', textOf(host));
  report('floor: client of Azurite, one point read', textOf(read));
  report('floor: client of Azurite, a transaction of three rows', textOf(transaction));
  return ({ reads, transactions = 0 }) =>
    1 / (1 / host.perSecond + reads / read.perSecond + transactions / transaction.perSecond);
}
