/**
 * Writes that depend on the stored state: create, replace and delete with an ETag, and transactions of
 * these. The SDK repeats a request whose response is lost. If the first attempt took effect, the
 * repetition is answered with 409, 412 or 404, as if another writer had been faster.
 *
 * Therefore each write gives its rows a random id in the column `writeId` and moves the id of the
 * version that it replaces to `earlierWriteIds`. After a conflict, or if no response arrived at all,
 * the row is read: if it holds the id of the write, the write took effect. Every conflict is checked,
 * not only that of a repeated request: conflicts are rare, and a proxy may repeat a request unnoticed.
 * A deleted row holds no id, so for a delete the number of attempts decides.
 */
import { randomBytes } from 'node:crypto';
import { RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { AppError } from '../../errors/app-error';
import { serviceUnavailable } from '../availability';
import { wasRepeated } from './attempt-count';
import { onStatus } from './table-client';

export interface RowKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

interface WrittenRow extends RowKey {
  readonly writeId: string;
  readonly earlierWriteIds?: string;
}

/** A write is recognized until this many writes have followed it. */
const maxWriteIds = 16;
const readBackTimeoutMs = 5_000;
/** Returned for a version that was replaced before its etag was known. It matches no row. */
const supersededEtag = `W/"datetime'2000-01-01T00%3A00%3A00.0000000Z'"`;

const writeIdColumns = z.object({
  writeId: z.string().optional(),
  earlierWriteIds: z.string().optional(),
});
const etagColumn = z.object({ etag: z.string() });

/**
 * The `etag` of a `Stored` value: the etag of the row and its write ids, separated by spaces, so that
 * the next write knows the ids of the writes before it.
 */
export function storedEtag(row: object): string {
  const { etag } = etagColumn.parse(row);
  return [etag, ...writeIdsOf(row)].join(' ');
}

/** Throws a RestError with status 409 if the row exists. Returns the etag of the stored value. */
export function createRow<Row extends RowKey>(table: TableClient, row: Row): Promise<string> {
  const written = { ...row, writeId: newWriteId() };
  return settle(table, written, async () => (await table.createEntity(written)).etag);
}

/** Throws a RestError with status 412 or 404 if the row changed or does not exist. */
export function replaceRow<Row extends RowKey>(
  table: TableClient,
  row: Row,
  stored: string,
): Promise<string> {
  return updateRow(table, row, stored, 'Replace');
}

/** As `replaceRow`, but keeps the columns that the row does not name. */
export function mergeRow<Row extends RowKey>(
  table: TableClient,
  row: Row,
  stored: string,
): Promise<string> {
  return updateRow(table, row, stored, 'Merge');
}

function updateRow<Row extends RowKey>(
  table: TableClient,
  row: Row,
  stored: string,
  mode: 'Replace' | 'Merge',
): Promise<string> {
  const { etag, writeIds } = parseStoredEtag(stored);
  const written = withWriteId(row, newWriteId(), writeIds);
  return settle(
    table,
    written,
    async () => (await table.updateEntity(written, mode, { etag })).etag,
  );
}

/** Replaces any version. Throws a RestError with status 404 if the row does not exist. */
export const replaceExistingRow = <Row extends RowKey>(table: TableClient, row: Row) =>
  replaceRow(table, row, '*');

/**
 * Deletes the row. With an etag, throws a RestError with status 412 or 404 if the row changed or did
 * not exist before the first attempt. Rows of the same partition may be upserted in the same
 * transaction, which has no etag; they are not written if there is no row to delete.
 */
export async function deleteRow(
  table: TableClient,
  { partitionKey, rowKey }: RowKey,
  stored = '*',
  upserts: readonly TransactionAction[] = [],
): Promise<void> {
  const { etag } = parseStoredEtag(stored);
  try {
    if (upserts.length === 0) await table.deleteEntity(partitionKey, rowKey, { etag });
    else await table.submitTransaction([['delete', { partitionKey, rowKey }], ...upserts]);
  } catch (error) {
    const status = error instanceof RestError ? error.statusCode : undefined;
    if (status === 404 && (etag === '*' || wasRepeated(error))) return;
    // Another row may have been created and deleted under the key, so 412 is checked as well.
    const mayBeDone = error instanceof AppError || (status === 412 && wasRepeated(error));
    if (!mayBeDone || (await readBack(table, { partitionKey, rowKey }))) throw error;
  }
}

/** Writes the row in any case, also if it does not exist. */
export async function upsertRow<Row extends RowKey>(table: TableClient, row: Row): Promise<void> {
  const written = { ...row, writeId: newWriteId() };
  await settle(table, written, async () => (await table.upsertEntity(written, 'Replace')).etag);
}

/**
 * Writes and deletes rows of one partition in one transaction. An `update` takes the etag of a stored
 * value. Returns the etag of the first row that is written. Throws a RestError with status 409, 412 or
 * 404 if one of the conditions fails.
 */
export async function writeRows(
  table: TableClient,
  actions: readonly TransactionAction[],
): Promise<string> {
  return (await writeRowsForEtags(table, actions)).first;
}

/** Etags of stored values after a transaction. */
export interface WrittenEtags {
  /** That of the first row that was written. */
  readonly first: string;
  /** By the position of the action. Undefined for deletes, and for all if no response arrived. */
  readonly ofActions: readonly (string | undefined)[];
}

/** `writeRows`, for a caller that needs the etags of several rows. */
export async function writeRowsForEtags(
  table: TableClient,
  actions: readonly TransactionAction[],
): Promise<WrittenEtags> {
  const writeId = newWriteId();
  const written = actions.map((action) => withWriteIdInAction(action, writeId));
  const index = written.findIndex((action) => action[0] !== 'delete' && !isGuard(action));
  if (index < 0) throw new Error('A transaction of deletes has no row that could be read back.');
  let ofActions: readonly (string | undefined)[] = [];
  const first = await settle(table, written[index]![1] as RowKey as WrittenRow, async () => {
    const { subResponses } = await table.submitTransaction(written);
    ofActions = written.map(([, row], at) => {
      const etag = subResponses[at]?.etag;
      return etag === undefined ? undefined : storedEtag({ ...row, etag });
    });
    return subResponses[index]?.etag;
  });
  return { first, ofActions };
}

/** Whether the row still is the stored version. */
export async function isStoredVersion(
  table: TableClient,
  { partitionKey, rowKey }: RowKey,
  stored: string,
): Promise<boolean> {
  const row = await readBack(table, { partitionKey, rowKey });
  return row !== undefined && storedEtag(row) === stored;
}

/** Returns the etag of the stored value if the write took effect, and throws its error otherwise. */
async function settle(
  table: TableClient,
  written: WrittenRow,
  write: () => Promise<string | undefined>,
): Promise<string> {
  let failure: unknown;
  try {
    const etag = await write();
    if (etag !== undefined) return storedEtag({ ...written, etag });
    failure = serviceUnavailable('storage', new Error('The response has no etag.'));
  } catch (error) {
    if (!isUnsettled(error)) throw error;
    failure = error;
  }
  const stored = await readBack(table, written);
  const ids = stored ? writeIdsOf(stored) : [];
  if (!ids.includes(written.writeId)) throw failure;
  if (ids[0] === written.writeId) return storedEtag(stored!);
  return storedEtag({ ...written, etag: supersededEtag });
}

/** True for a conflict, and for a failure that does not say whether the write took effect. */
function isUnsettled(error: unknown): boolean {
  if (error instanceof AppError) return true;
  return error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
}

function readBack(table: TableClient, { partitionKey, rowKey }: RowKey) {
  return table
    .getEntity(partitionKey, rowKey, {
      abortSignal: AbortSignal.timeout(readBackTimeoutMs),
      queryOptions: { select: ['writeId', 'earlierWriteIds'] },
    })
    .catch(onStatus(404, () => undefined));
}

function withWriteIdInAction(action: TransactionAction, writeId: string): TransactionAction {
  if (action[0] === 'delete') return action;
  if (action[0] === 'create') return ['create', { ...action[1], writeId }];
  const [verb, row, mode = 'Replace', options] = action;
  if (isGuard(action)) return action;
  if (verb === 'upsert') return [verb, { ...row, writeId }, mode];
  const { etag, writeIds } = parseStoredEtag(options?.etag ?? '*');
  return [verb, { ...withWriteId(row as RowKey, writeId, writeIds) }, mode, { etag }];
}

/** Requires a row of any version and writes no column, so the ids of its own writes stay. */
export const isGuard = ([verb, row, mode, options]: TransactionAction): boolean =>
  verb === 'update' && mode === 'Merge' && options?.etag === '*' && Object.keys(row).length === 2;

function withWriteId<Row extends RowKey>(
  row: Row,
  writeId: string,
  earlier: readonly string[],
): Row & WrittenRow {
  const known = earlier.slice(0, maxWriteIds - 1);
  return { ...row, writeId, ...(known.length > 0 && { earlierWriteIds: known.join(' ') }) };
}

/** Newest first. */
function writeIdsOf(row: object): string[] {
  const { writeId, earlierWriteIds } = writeIdColumns.parse(row);
  return [writeId, earlierWriteIds]
    .join(' ')
    .split(' ')
    .filter((id) => id !== '');
}

function parseStoredEtag(stored: string) {
  const [etag = '*', ...writeIds] = stored.split(' ');
  return { etag, writeIds };
}

const newWriteId = () => randomBytes(9).toString('base64url');
