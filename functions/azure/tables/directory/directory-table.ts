/** DirectoryStore in Table Storage. The keys are in directory-keys.ts. */
import {
  odata,
  type RestError,
  type TableClient,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { mapConcurrently } from '../../../concurrency/map-concurrently';
import { ConflictError, StaleError } from '../../../errors/app-error';
import {
  uniqueNameOf,
  type DirectoryKey,
  type DirectoryMember,
  type StoredResource,
} from '../../../provisioning/directory/directory';
import type { Journal } from '../../../provisioning/directory/journal';
import type { DirectoryStore, DirectoryWrite, IndexedAttribute } from '../../../provisioning/ports';
import type { ResourceTypeName } from '../../../scim/schema/resource-type';
import type { Page, PageRequest } from '../../../storage/page';
import { writeRows } from '../../table-storage/conditional-write';
import { deleteRows } from '../../table-storage/row-deletion';
import { onStatus, prefixRange, throwAs } from '../../table-storage/table-client';
import { submitForAnyVersion } from '../../table-storage/unconditional-write';
import {
  auditRange,
  deletionsRowKey,
  directoryPartition,
  externalIdPrefix,
  journalPrefix,
  journalRowKey,
  memberOfPrefix,
  memberOfRowKey,
  memberPrefix,
  memberRowKey,
  nameRowKey,
  resourcePrefix,
  resourceRowKey,
} from './directory-keys';
import { toJournal, toJournalRow } from './journal-row';
import { indexActions, toResource, toResourceRow } from './resource-row';

const maxConcurrentReads = 32;
/** From this number of ids on, reading the whole range needs fewer requests. */
const maxPointReads = 200;
/** As many lists of groups are read one by one, more of them as one range. */
const maxPrefixReads = 4;
const pageSize = 1_000;

const memberColumns = z.object({ type: z.enum(['User', 'Group']) });
const indexColumns = z.object({ id: z.string() });
const removalColumns = z.object({ resourceId: z.string().optional() });

const taken = throwAs(
  ConflictError,
  'directory_value_taken',
  'Another resource has this value. Choose another one.',
);
const outdated = throwAs(
  StaleError,
  'directory_changed',
  'The directory changed since it was read. Read it again.',
);

export class DirectoryTable implements DirectoryStore {
  constructor(private readonly table: TableClient) {}

  async get(
    key: DirectoryKey,
    type: ResourceTypeName,
    id: string,
  ): Promise<StoredResource | undefined> {
    const row = await this.read(key, resourceRowKey(type, id));
    return row && toResource(type, row);
  }

  async getMany(
    key: DirectoryKey,
    type: ResourceTypeName,
    ids: readonly string[],
  ): Promise<readonly StoredResource[]> {
    if (ids.length > maxPointReads) {
      const wanted = new Map(ids.map((id, index) => [id, index]));
      const found: StoredResource[] = [];
      const sorted = ids.toSorted();
      const from = resourceRowKey(type, sorted[0]!);
      const to = `${resourceRowKey(type, sorted.at(-1)!)}~`;
      for await (const row of this.rows(key, from, to)) {
        const resource = toResource(type, row);
        if (wanted.has(resource.id)) found.push(resource);
      }
      return found.toSorted((one, other) => wanted.get(one.id)! - wanted.get(other.id)!);
    }
    const read = await mapConcurrently(ids, maxConcurrentReads, (id) => this.get(key, type, id));
    return read.filter((resource) => resource !== undefined);
  }

  async find(
    key: DirectoryKey,
    type: ResourceTypeName,
    attribute: IndexedAttribute,
    value: string,
  ): Promise<readonly StoredResource[]> {
    if (attribute !== 'externalId') {
      const row = await this.read(key, nameRowKey(type, value));
      return row ? this.getMany(key, type, [indexColumns.parse(row).id]) : [];
    }
    return this.getMany(key, type, await this.idsByExternalId(key, type, value));
  }

  async idsByExternalId(
    key: DirectoryKey,
    type: ResourceTypeName,
    externalId: string,
  ): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const row of this.withPrefix(key, externalIdPrefix(type, externalId)))
      ids.push(indexColumns.parse(row).id);
    return ids;
  }

  async list(
    key: DirectoryKey,
    type: ResourceTypeName,
    { limit, continuation }: PageRequest,
  ): Promise<Page<StoredResource>> {
    const prefix = resourcePrefix[type];
    return this.page(key, prefix, limit, continuation, (row) => toResource(type, row));
  }

  async listIds(key: DirectoryKey, type: ResourceTypeName, after = ''): Promise<readonly string[]> {
    const prefix = resourcePrefix[type];
    const { to } = prefixRange(prefix);
    const ids: string[] = [];
    for await (const { rowKey } of this.rows(key, `${prefix}${after}`, to, []))
      ids.push(rowKey!.slice(prefix.length));
    return ids[0] === after ? ids.slice(1) : ids;
  }

  async getDeletions(key: DirectoryKey, type: ResourceTypeName): Promise<string | undefined> {
    const row = await this.read(key, deletionsRowKey(type));
    return row && indexColumns.parse(row).id;
  }

  async listMembers(
    key: DirectoryKey,
    groupId: string,
    { limit, continuation }: PageRequest,
  ): Promise<Page<DirectoryMember>> {
    const prefix = memberPrefix(groupId);
    return this.page(key, prefix, limit, continuation, (row) => toMember(prefix, row));
  }

  async getMembers(
    key: DirectoryKey,
    groupId: string,
    ids: readonly string[],
  ): Promise<readonly DirectoryMember[]> {
    const prefix = memberPrefix(groupId);
    if (ids.length > maxPointReads) {
      const wanted = new Set(ids);
      const found: DirectoryMember[] = [];
      for await (const row of this.withPrefix(key, prefix)) {
        const member = toMember(prefix, row);
        if (wanted.has(member.id)) found.push(member);
      }
      return found;
    }
    const rows = await mapConcurrently(ids, maxConcurrentReads, (id) =>
      this.read(key, memberRowKey(groupId, id)),
    );
    return rows.flatMap((row) => (row ? [toMember(prefix, row)] : []));
  }

  async groupIdsOf(
    key: DirectoryKey,
    memberIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const wanted = new Set(memberIds);
    const found = new Map<string, string[]>();
    const add = ({ rowKey }: Row) => {
      const [, memberId, groupId] = rowKey!.split('-');
      if (wanted.has(memberId!)) found.set(memberId!, [...(found.get(memberId!) ?? []), groupId!]);
    };
    if (memberIds.length <= maxPrefixReads) {
      await mapConcurrently(memberIds, maxConcurrentReads, async (memberId) => {
        for await (const row of this.withPrefix(key, memberOfPrefix(memberId), [])) add(row);
      });
      return found;
    }
    const sorted = memberIds.toSorted();
    const { from } = prefixRange(memberOfPrefix(sorted[0]!));
    const { to } = prefixRange(memberOfPrefix(sorted.at(-1)!));
    for await (const row of this.rows(key, from, to, [])) add(row);
    return found;
  }

  async getJournal(key: DirectoryKey, journalId: string): Promise<Journal | undefined> {
    const row = await this.read(key, journalRowKey(journalId));
    return row && toJournal(row);
  }

  async listJournals(key: DirectoryKey): Promise<readonly Journal[]> {
    const journals: Journal[] = [];
    for await (const row of this.withPrefix(key, journalPrefix)) journals.push(toJournal(row));
    return journals;
  }

  async listRemovals(key: DirectoryKey): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for await (const row of this.withPrefix(key, journalPrefix, ['resourceId'])) {
      const { resourceId } = removalColumns.parse(row);
      if (resourceId !== undefined) ids.add(resourceId);
    }
    return ids;
  }

  async commit(key: DirectoryKey, write: DirectoryWrite): Promise<StoredResource | undefined> {
    const { resource } = write;
    const actions = actionsOf(key, write);
    const etag = await (
      actions.some(writesColumns) ? writeRows(this.table, actions) : submit(this.table, actions)
    )
      .catch(onStatus(409, (error) => this.explainConflict(key, write, error)))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return resource?.after && { ...resource.after, etag };
  }

  async purge(key: DirectoryKey): Promise<void> {
    const partition = directoryPartition(key);
    const filter =
      odata`PartitionKey eq ${partition} and ` +
      odata`(RowKey lt ${auditRange.from} or RowKey ge ${auditRange.to})`;
    const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
    const pages = this.table.listEntities({ queryOptions }).byPage({ maxPageSize: pageSize });
    for await (const page of pages)
      await deleteRows(
        this.table,
        page.map(({ partitionKey, rowKey }) => ({ partitionKey: partitionKey!, rowKey: rowKey! })),
      );
  }

  /** A row exists that the transaction creates: the unique name of another resource, or a member. */
  private async explainConflict(
    key: DirectoryKey,
    { resource }: DirectoryWrite,
    error: RestError,
  ): Promise<never> {
    const { after } = resource ?? {};
    const owner = after && (await this.read(key, nameRowKey(after.type, uniqueNameOf(after))));
    if (owner && indexColumns.parse(owner).id !== after.id) return taken(error);
    return outdated(error);
  }

  private read(key: DirectoryKey, rowKey: string) {
    return this.table
      .getEntity<Record<string, unknown>>(directoryPartition(key), rowKey)
      .catch(onStatus(404, () => undefined));
  }

  private withPrefix(key: DirectoryKey, prefix: string, select?: string[]) {
    const { from, to } = prefixRange(prefix);
    return this.rows(key, from, to, select);
  }

  private rows(key: DirectoryKey, from: string, to: string, select?: string[]) {
    const filter =
      odata`PartitionKey eq ${directoryPartition(key)} and ` +
      odata`RowKey ge ${from} and RowKey lt ${to}`;
    return this.table.listEntities<Record<string, unknown>>({
      queryOptions: { filter, ...(select && { select: ['RowKey', ...select] }) },
    });
  }

  /** Reads one row more than asked for, to know whether there is a next page. */
  private async page<T extends { readonly id: string }>(
    key: DirectoryKey,
    prefix: string,
    limit: number,
    continuation: string | undefined,
    parse: (row: Row) => T,
  ): Promise<Page<T>> {
    const { from, to } = prefixRange(prefix);
    const after = continuation === undefined ? from : `${prefix}${continuation}`;
    const filter =
      odata`PartitionKey eq ${directoryPartition(key)} and ` +
      odata`RowKey gt ${after} and RowKey lt ${to}`;
    const found: T[] = [];
    const pages = this.table
      .listEntities<Record<string, unknown>>({ queryOptions: { filter } })
      .byPage({ maxPageSize: Math.min(limit + 1, pageSize) });
    for await (const page of pages) {
      found.push(...page.map(parse));
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    return found.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
  }
}

type Row = { readonly rowKey?: string; readonly [column: string]: unknown };

const toMember = (prefix: string, row: Row): DirectoryMember => ({
  id: row.rowKey!.slice(prefix.length),
  type: memberColumns.parse(row).type,
});

/** The row of the resource first: its etag is that of the transaction. */
function actionsOf(key: DirectoryKey, write: DirectoryWrite): readonly TransactionAction[] {
  const partitionKey = directoryPartition(key);
  const { resource, putJournal, whileJournal, deleteJournal, attached } = write;
  return [
    ...(resource ? resourceActions(key, resource) : []),
    ...memberActions(partitionKey, write),
    ...(putJournal ? [['create', toJournalRow(partitionKey, putJournal)] as const] : []),
    ...(whileJournal ? [guard(partitionKey, journalRowKey(whileJournal))] : []),
    ...(deleteJournal
      ? [['delete', { partitionKey, rowKey: journalRowKey(deleteJournal) }] as const]
      : []),
    ...attached.map(({ rowKey, columns }): TransactionAction => [
      'upsert',
      { partitionKey, rowKey, ...columns },
      'Replace',
    ]),
    ...(resource ? deletionActions(partitionKey, resource) : []),
  ] as TransactionAction[];
}

function resourceActions(
  key: DirectoryKey,
  { before, after }: NonNullable<DirectoryWrite['resource']>,
): TransactionAction[] {
  const indexes = indexActions(key, before, after);
  if (!after) {
    const { type, id } = before!;
    // The SDK deletes any version in a transaction. A version with other index rows fails by those.
    const partitionKey = directoryPartition(key);
    return [['delete', { partitionKey, rowKey: resourceRowKey(type, id) }], ...indexes];
  }
  const row = toResourceRow(key, after);
  if (!before) return [['create', row], ...indexes];
  return [['update', row, 'Replace', { etag: before.etag }], ...indexes];
}

/** No two deletions name the same resource. */
function deletionActions(
  partitionKey: string,
  { before, after }: NonNullable<DirectoryWrite['resource']>,
): TransactionAction[] {
  if (after || !before) return [];
  const { type, id } = before;
  return [['upsert', { partitionKey, rowKey: deletionsRowKey(type), id }, 'Replace']];
}

/** Members are added to groups and of resources that exist. */
function memberActions(
  partitionKey: string,
  { members, resource }: DirectoryWrite,
): TransactionAction[] {
  if (!members) return [];
  const { groupId, add, remove } = members;
  const group = guard(partitionKey, resourceRowKey('Group', groupId));
  return [
    ...(resource === undefined && add.length > 0 ? [group] : []),
    ...add.flatMap(({ id, type }): TransactionAction[] => [
      ['create', { partitionKey, rowKey: memberRowKey(groupId, id), type }],
      ['create', { partitionKey, rowKey: memberOfRowKey(id, groupId), type }],
      guard(partitionKey, resourceRowKey(type, id)),
    ]),
    ...remove.flatMap(({ id, type, isDeleted }): TransactionAction[] => [
      ['delete', { partitionKey, rowKey: memberRowKey(groupId, id) }],
      ['delete', { partitionKey, rowKey: memberOfRowKey(id, groupId) }],
      ...(isDeleted ? [] : [guard(partitionKey, resourceRowKey(type, id))]),
    ]),
  ];
}

/** Fails if the row does not exist. Changes its etag, and none of its columns. */
const guard = (partitionKey: string, rowKey: string): TransactionAction => [
  'update',
  { partitionKey, rowKey },
  'Merge',
  { etag: '*' },
];

const writesColumns = ([verb, row]: TransactionAction): boolean =>
  verb !== 'delete' && Object.keys(row).length > 2;

/** No row could be read back after a lost response: its repetition is a conflict. */
async function submit(table: TableClient, actions: readonly TransactionAction[]): Promise<string> {
  await submitForAnyVersion(table, actions);
  return '';
}
