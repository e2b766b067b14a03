/** AssignmentStore in Table Storage. The keys are in access-keys.ts. */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { AttachedRow, DirectoryKey } from '../../../access/directory';
import {
  ownedAssignment,
  subject,
  type OwnedAssignment,
  type Subject,
} from '../../../access/grants/assignment';
import { breakerState, type BreakerState } from '../../../access/intents/breaker';
import type { AssignmentStore } from '../../../access/ports';
import { driftReport, type DriftReport } from '../../../access/grants/drift';
import {
  pendingPrincipal,
  principalState,
  type PendingPrincipal,
  type PrincipalState,
} from '../../../access/principals/principal';
import { StaleError } from '../../../errors/app-error';
import { logFailure } from '../../../errors/log-failure';
import type { Page, PageRequest } from '../../../storage/page';
import type { Stored } from '../../../storage/stored';
import { deleteRow, storedEtag, upsertRow, writeRows } from '../../table-storage/conditional-write';
import { submitUnconditional } from '../../table-storage/unconditional-write';
import { jsonColumn } from '../../table-storage/json-column';
import { onStatus, readPage, throwAs } from '../../table-storage/table-client';
import { directoryPartition } from '../directory/directory-keys';
import {
  breakerRowKey,
  inDirectory,
  ownedOfSubject,
  driftRowKey,
  ownedPrefix,
  principalPrefix,
  principalRowKey,
  toRow,
} from './access-keys';

const ownedColumns = z.object({ assignment: jsonColumn(ownedAssignment) });
const principalColumns = z.object({ principal: jsonColumn(principalState) });
const pendingColumns = z.object({
  subject: jsonColumn(subject),
  principal: jsonColumn(pendingPrincipal),
});
const driftColumns = z.object({ report: jsonColumn(driftReport) });
const breakerColumns = z.object({ state: jsonColumn(breakerState) });

const outdated = throwAs(
  StaleError,
  'revocation_count_changed',
  'The count of revocations changed since it was read. Read it again.',
);

export class AssignmentTable implements AssignmentStore {
  constructor(private readonly table: TableClient) {}

  async listOfSubject(key: DirectoryKey, subject: Subject): Promise<readonly OwnedAssignment[]> {
    const found: OwnedAssignment[] = [];
    for await (const each of this.read(inDirectory(key, ownedOfSubject(subject)))) found.push(each);
    return found;
  }

  listAll(key: DirectoryKey): AsyncIterable<OwnedAssignment> {
    return this.read(inDirectory(key, ownedPrefix));
  }

  list(key: DirectoryKey, page: PageRequest): Promise<Page<OwnedAssignment>> {
    return readPage(this.table, inDirectory(key, ownedPrefix), page, toAssignment);
  }

  put(
    key: DirectoryKey,
    assignment: OwnedAssignment,
    attached: readonly AttachedRow[] = [],
  ): Promise<void> {
    const row = {
      rowKey: rowKeyOf(assignment),
      columns: { assignment: JSON.stringify(assignment) },
    };
    return this.upsert(key, [row, ...attached]);
  }

  delete(
    key: DirectoryKey,
    assignment: OwnedAssignment,
    attached: readonly AttachedRow[] = [],
  ): Promise<void> {
    return deleteRow(
      this.table,
      { partitionKey: directoryPartition(key), rowKey: rowKeyOf(assignment) },
      '*',
      attached.map((row): TransactionAction => ['upsert', toRow(key, row), 'Replace']),
    );
  }

  async getPrincipal(key: DirectoryKey, subject: Subject): Promise<PrincipalState | undefined> {
    const row = await this.get(key, principalRowKey(subject));
    return row && principalColumns.parse(row).principal;
  }

  putPrincipal(key: DirectoryKey, subject: Subject, principal: PrincipalState): Promise<void> {
    const columns = {
      subject: JSON.stringify(subject),
      principal: JSON.stringify(principal),
      state: principal.state,
    };
    return upsertRow(this.table, toRow(key, { rowKey: principalRowKey(subject), columns }));
  }

  async listPendingPrincipals(
    key: DirectoryKey,
    limit: number,
  ): Promise<readonly (PendingPrincipal & { readonly subject: Subject })[]> {
    const found: (PendingPrincipal & { readonly subject: Subject })[] = [];
    const filter = `${inDirectory(key, principalPrefix)} and ${odata`state eq 'pending'`}`;
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const columns = pendingColumns.parse(row);
      found.push({ ...columns.principal, subject: columns.subject });
      if (found.length === limit) break;
    }
    return found;
  }

  deletePrincipal(key: DirectoryKey, subject: Subject): Promise<void> {
    const rowKey = principalRowKey(subject);
    return deleteRow(this.table, { partitionKey: directoryPartition(key), rowKey });
  }

  async getBreaker(key: DirectoryKey): Promise<Stored<BreakerState> | undefined> {
    const row = await this.get(key, breakerRowKey);
    return row && { ...breakerColumns.parse(row).state, etag: storedEtag(row) };
  }

  async replaceBreaker(
    key: DirectoryKey,
    before: Stored<BreakerState> | undefined,
    after: BreakerState,
    attached: readonly AttachedRow[] = [],
  ): Promise<void> {
    const row = toRow(key, { rowKey: breakerRowKey, columns: { state: JSON.stringify(after) } });
    await writeRows(this.table, [
      before ? ['update', row, 'Replace', { etag: before.etag }] : ['create', row],
      ...attached.map((each): TransactionAction => ['upsert', toRow(key, each), 'Replace']),
    ])
      .catch(onStatus(409, outdated))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
  }

  async getDrift(key: DirectoryKey): Promise<DriftReport | undefined> {
    const row = await this.get(key, driftRowKey);
    try {
      return row && driftColumns.parse(row).report;
    } catch (error) {
      // A later version wrote it before a rollback. The next reconciliation replaces it.
      logFailure('drift.report_unreadable', error, { ...key });
      return undefined;
    }
  }

  putDrift(key: DirectoryKey, report: DriftReport): Promise<void> {
    const columns = { report: JSON.stringify(report) };
    return upsertRow(this.table, toRow(key, { rowKey: driftRowKey, columns }));
  }

  private get(key: DirectoryKey, rowKey: string) {
    return this.table
      .getEntity(directoryPartition(key), rowKey)
      .catch(onStatus(404, () => undefined));
  }

  private async *read(filter: string): AsyncGenerator<OwnedAssignment> {
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      yield toAssignment(row);
  }

  private upsert(key: DirectoryKey, rows: readonly AttachedRow[]): Promise<void> {
    return submitUnconditional(
      this.table,
      rows.map((row): TransactionAction => ['upsert', toRow(key, row), 'Replace']),
    );
  }
}

const rowKeyOf = ({ subject, name }: OwnedAssignment) => `${ownedOfSubject(subject)}${name}`;

const toAssignment = (row: object): OwnedAssignment => ownedColumns.parse(row).assignment;
