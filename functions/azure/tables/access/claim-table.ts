/** ClaimStore in Table Storage. The keys are in access-keys.ts. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { DirectoryKey } from '../../../access/directory';
import { subject as aSubject, type Subject } from '../../../access/grants/assignment';
import type { AssignmentClaim, ClaimStore } from '../../../access/ports';
import { deleteRow, upsertRow } from '../../table-storage/conditional-write';
import { withPrefix } from './access-keys';

const prefix = 'claim-';
const uuidLength = 36;
const keyColumn = z.object({ rowKey: z.string() });

export class ClaimTable implements ClaimStore {
  constructor(private readonly table: TableClient) {}

  put(key: DirectoryKey, assignmentName: string, subject: Subject): Promise<void> {
    return upsertRow(this.table, {
      partitionKey: key.tenantId,
      rowKey: rowKeyOf(key, assignmentName, subject),
    });
  }

  async release(
    key: DirectoryKey,
    assignmentName: string,
    subject: Subject,
  ): Promise<readonly AssignmentClaim[]> {
    const { tenantId } = key;
    const rowKey = rowKeyOf(key, assignmentName, subject);
    await deleteRow(this.table, { partitionKey: tenantId, rowKey });
    const others: AssignmentClaim[] = [];
    for await (const other of this.keys(tenantId, `${prefix}${assignmentName}-`))
      if (other !== rowKey) others.push(toClaim(tenantId, other));
    return others;
  }

  async listNames(tenantId: string): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for await (const rowKey of this.keys(tenantId, prefix))
      names.add(rowKey.slice(prefix.length, prefix.length + uuidLength));
    return names;
  }

  private async *keys(tenantId: string, of: string): AsyncGenerator<string> {
    const queryOptions = { filter: withPrefix(tenantId, of), select: ['RowKey'] };
    for await (const row of this.table.listEntities({ queryOptions }))
      yield keyColumn.parse(row).rowKey;
  }
}

const rowKeyOf = ({ connectionId }: DirectoryKey, name: string, { kind, id }: Subject) =>
  `${prefix}${name}-${connectionId}-${kind}-${id}`;

/** Ids of connections are ours, and have no such part. */
const claimant = /^(.+?)-(user|group)-(.+)$/;

function toClaim(tenantId: string, rowKey: string): AssignmentClaim {
  const [, connectionId = '', kind, id] =
    claimant.exec(rowKey.slice(prefix.length + uuidLength + 1)) ?? [];
  return { key: { tenantId, connectionId }, subject: aSubject.parse({ kind, id }) };
}
