/**
 * Instances in Table Storage. PartitionKey is the instance id, so that one episode is one
 * transaction.
 */
import {
  odata,
  RestError,
  TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import type { Row } from './documents';
import type { Status } from '../instance';
import {
  separateTextsOf,
  readInstance,
  readStatus,
  statusKey,
  textPrefix,
  type StoredInstance,
} from './rows';
import type { Changes } from './change-tracker';

export interface StatusFilter {
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
  readonly statuses?: readonly string[];
  readonly idPrefix?: string | undefined;
}

export interface StatusPage {
  readonly statuses: readonly Status[];
  readonly continuationToken: string | undefined;
}

/** Limits of a transaction. The service accepts 4 MiB of JSON, where bytes are base64. */
const maxTransactionRows = 100;
const maxTransactionCharacters = 3_000_000;

export class InstanceTable {
  readonly #table: TableClient;

  constructor(storage: string, hubName: string) {
    this.#table = TableClient.fromConnectionString(storage, `${hubName}Instances`, {
      allowInsecureConnection: storage.includes('Protocol=http;'),
      retryOptions: { maxRetries: 2, retryDelayInMs: 50 },
    });
  }

  async open(): Promise<void> {
    await this.#table.createTable();
  }

  async save(id: string, { rows, obsolete }: Changes): Promise<void> {
    const puts = rows.map((row): TransactionAction => ['upsert', row as TableEntity, 'Replace']);
    const removals = obsolete.map((rowKey): TransactionAction => [
      'delete',
      { partitionKey: id, rowKey },
    ]);
    try {
      for (const actions of transactions([...puts, ...removals]))
        await this.#table.submitTransaction(actions);
    } catch (error) {
      if (!(error instanceof RestError && error.statusCode === 404)) throw error;
      // A response was lost and the SDK retried, so the rows to delete no longer exist.
      for (const actions of transactions(puts)) await this.#table.submitTransaction(actions);
    }
  }

  async load(id: string): Promise<StoredInstance | undefined> {
    return readInstance(await this.#rows(odata`PartitionKey eq ${id}`));
  }

  async status(id: string): Promise<Status | undefined> {
    const row = await this.#table.getEntity(id, statusKey).catch(undefinedIfMissing);
    return row && this.#toStatus(row as unknown as Row);
  }

  async list(filter: StatusFilter, top: number, token: string | undefined): Promise<StatusPage> {
    const pages = this.#table.listEntities({ queryOptions: { filter: query(filter) } }).byPage({
      maxPageSize: top,
      ...(token !== undefined && { continuationToken: token }),
    });
    const { value = [] } = await pages.next();
    const rows = value as unknown as Row[] & { continuationToken?: string };
    const statuses = await Promise.all(rows.map((row) => this.#toStatus(row)));
    return { statuses, continuationToken: rows.continuationToken };
  }

  async ids(filter: StatusFilter): Promise<string[]> {
    const queryOptions = { filter: query(filter), select: ['partitionKey'] };
    const ids: string[] = [];
    for await (const row of this.#table.listEntities({ queryOptions })) ids.push(row.partitionKey!);
    return ids;
  }

  /** Deletes the status row last, so that an interrupted purge can be repeated. */
  async purge(id: string): Promise<void> {
    const keys = [...(await this.#rows(odata`PartitionKey eq ${id}`)).keys()];
    const ordered = [...keys.filter((key) => key !== statusKey), statusKey];
    const removals = ordered.map((rowKey): TransactionAction => [
      'delete',
      { partitionKey: id, rowKey },
    ]);
    for (const actions of transactions(removals)) await this.#table.submitTransaction(actions);
  }

  async #toStatus(row: Row): Promise<Status> {
    if (separateTextsOf(row).length === 0) return readStatus(row, new Map());
    const filter = odata`PartitionKey eq ${row.partitionKey} and RowKey ge ${textPrefix}`;
    return readStatus(row, await this.#rows(filter));
  }

  async #rows(filter: string): Promise<Map<string, Row>> {
    const rows = new Map<string, Row>();
    for await (const row of this.#table.listEntities({ queryOptions: { filter } }))
      rows.set(row.rowKey!, row as unknown as Row);
    return rows;
  }
}

/** Keeps the order, so that a status row is stored after the rows that it refers to. */
function* transactions(actions: readonly TransactionAction[]): Generator<TransactionAction[]> {
  let batch: TransactionAction[] = [];
  let characters = 0;
  for (const action of actions) {
    const size = sizeOf(action[1] as unknown as Row);
    if (
      batch.length === maxTransactionRows ||
      (batch.length > 0 && characters + size > maxTransactionCharacters)
    ) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(action);
    characters += size;
  }
  if (batch.length > 0) yield batch;
}

const sizeOf = (row: Row) =>
  Object.values(row).reduce<number>((sum, value) => {
    if (typeof value === 'string') return sum + value.length * 2;
    return sum + (value instanceof Uint8Array ? value.length * 1.4 : 50);
  }, 500);

function query({ createdFrom, createdTo, statuses = [], idPrefix }: StatusFilter): string {
  const any = statuses.map((status) => odata`runtimeStatus eq ${status}`);
  return [
    odata`RowKey eq ${statusKey}`,
    createdFrom && odata`createdAt ge ${createdFrom}`,
    createdTo && odata`createdAt le ${createdTo}`,
    any.length > 0 && `(${any.join(' or ')})`,
    idPrefix && odata`PartitionKey ge ${idPrefix} and PartitionKey lt ${`${idPrefix}\uffff`}`,
  ]
    .filter(Boolean)
    .join(' and ');
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof RestError && error.statusCode === 404) return undefined;
  throw error;
}
