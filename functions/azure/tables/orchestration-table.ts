/**
 * Index of orchestrations. PartitionKey: tenant. Each instance has three rows with the same columns,
 * which one transaction writes: `id-{instance}`, whose ETag guards changes, `new-{inverted time}-{instance}`
 * and `old-{time}-{instance}` for lists in both orders. Times are 13 digits of milliseconds.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { instanceStatuses } from '../../durable/instance-status';
import { ConflictError, StaleError } from '../../errors/app-error';
import {
  terminalInstanceStatuses,
  type Orchestration,
  type OrchestrationFilter,
  type OrchestrationOrder,
} from '../../ops/orchestration';
import type { OrchestrationStore } from '../../ops/ports';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import { deleteRow, storedEtag, writeRows } from '../table-storage/conditional-write';
import { deleteRows } from '../table-storage/row-deletion';
import { onStatus, prefixRange, readPage, throwAs } from '../table-storage/table-client';

const columns = z.object({
  partitionKey: z.string(),
  instanceId: z.string(),
  name: z.string(),
  connectorId: z.string().exactOptional(),
  syncRunId: z.string().exactOptional(),
  status: z.enum(instanceStatuses),
  createdAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().exactOptional(),
});

const rowExists = throwAs(
  ConflictError,
  'orchestration_exists',
  'The index has an orchestration with this id.',
);
const rowChanged = throwAs(
  StaleError,
  'orchestration_changed',
  'The row of the orchestration changed since it was read.',
);

export class OrchestrationTable implements OrchestrationStore {
  constructor(private readonly table: TableClient) {}

  async create(orchestration: Orchestration): Promise<void> {
    await writeRows(this.table, [
      ['create', rowsOf(orchestration).byId],
      ...listRows(orchestration),
    ]).catch(onStatus(409, rowExists));
  }

  async put(orchestration: Orchestration): Promise<void> {
    const { tenantId, instanceId } = orchestration;
    const earlier = await this.get(tenantId, instanceId);
    await writeRows(this.table, [
      ['upsert', rowsOf(orchestration).byId, 'Replace'],
      ...listRows(orchestration),
    ]);
    if (earlier && earlier.createdAt !== orchestration.createdAt)
      await deleteRows(this.table, [rowsOf(earlier).newest, rowsOf(earlier).oldest]);
  }

  async get(tenantId: string, instanceId: string): Promise<Stored<Orchestration> | undefined> {
    const row = await this.table
      .getEntity(tenantId, `id-${instanceId}`)
      .catch(onStatus(404, () => undefined));
    return row && { ...parse(row), etag: storedEtag(row) };
  }

  list(
    tenantId: string,
    filter: OrchestrationFilter,
    order: OrchestrationOrder,
    page: PageRequest,
  ): Promise<Page<Orchestration>> {
    return readPage(this.table, filterOf(tenantId, filter, order), page, parse);
  }

  async replace({ etag, ...orchestration }: Stored<Orchestration>): Promise<void> {
    await writeRows(this.table, [
      ['update', rowsOf(orchestration).byId, 'Replace', { etag }],
      ...listRows(orchestration),
    ])
      .catch(onStatus(412, rowChanged))
      .catch(onStatus(404, rowChanged));
  }

  async delete(orchestration: Orchestration): Promise<boolean> {
    const { tenantId, instanceId, createdAt } = orchestration;
    const stored = await this.get(tenantId, instanceId);
    const { byId, newest, oldest } = rowsOf(orchestration);
    // The row that guards changes is the last, so a deletion that stops half way can be repeated.
    await Promise.all([newest, oldest].map((row) => deleteRow(this.table, row)));
    // An instance that was started again has list rows of its own.
    if (stored?.createdAt !== createdAt) return false;
    return deleteRow(this.table, byId, stored.etag)
      .then(() => true)
      .catch(onStatus(404, () => false))
      .catch(onStatus(412, () => false));
  }

  async *deleteTerminal(from: Date, to: Date): AsyncIterable<string> {
    const range = odata`RowKey ge 'id-' and RowKey lt 'id.' and createdAt ge ${from.toISOString()} and createdAt lt ${to.toISOString()}`;
    const filter = `${range} and ${anyOf('status', terminalInstanceStatuses)}`;
    for await (const row of this.table.listEntities<object>({ queryOptions: { filter } })) {
      const orchestration = parse(row);
      const { byId, newest, oldest } = rowsOf(orchestration);
      await deleteRows(this.table, [newest, oldest, byId]);
      yield orchestration.instanceId;
    }
  }
}

function rowsOf(orchestration: Orchestration) {
  const { tenantId: partitionKey, ...others } = orchestration;
  const { instanceId, createdAt } = orchestration;
  const time = Date.parse(createdAt);
  const row = (rowKey: string) => ({ partitionKey, rowKey, ...others });
  return {
    byId: row(`id-${instanceId}`),
    newest: row(`new-${inverted(time)}-${instanceId}`),
    oldest: row(`old-${digits(time)}-${instanceId}`),
  };
}

function listRows(orchestration: Orchestration): TransactionAction[] {
  const { newest, oldest } = rowsOf(orchestration);
  return [newest, oldest].map((row) => ['upsert', row, 'Replace']);
}

function parse(row: object): Orchestration {
  const { partitionKey: tenantId, ...others } = columns.parse(row);
  return { tenantId, ...others };
}

function filterOf(
  tenantId: string,
  { statuses, createdFrom, createdTo, name, connectorId, idPrefix }: OrchestrationFilter,
  order: OrchestrationOrder,
): string {
  const [from, to] = [createdFrom?.getTime() ?? 0, createdTo?.getTime() ?? maxTime];
  const [first, end] =
    order === 'newest'
      ? [`new-${inverted(to - 1)}`, `new-${inverted(from - 1)}`]
      : [`old-${digits(from)}`, `old-${digits(to)}`];
  const ids = idPrefix === undefined ? undefined : prefixRange(idPrefix);
  return [
    odata`PartitionKey eq ${tenantId} and RowKey ge ${first} and RowKey lt ${end}`,
    ...(statuses ? [anyOf('status', statuses)] : []),
    ...(name === undefined ? [] : [odata`name eq ${name}`]),
    ...(connectorId === undefined ? [] : [odata`connectorId eq ${connectorId}`]),
    ...(ids ? [odata`instanceId ge ${ids.from} and instanceId lt ${ids.to}`] : []),
  ].join(' and ');
}

const anyOf = (column: 'status', values: readonly string[]) =>
  `(${values.map((value) => `${column} ${odata`eq ${value}`}`).join(' or ')})`;

const maxTime = 9_999_999_999_999;
const digits = (time: number) => String(Math.min(Math.max(time, 0), maxTime)).padStart(13, '0');
const inverted = (time: number) => digits(maxTime - time);
