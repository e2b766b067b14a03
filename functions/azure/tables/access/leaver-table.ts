/** LeaverStore in Table Storage. The keys are in access-keys.ts. */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { DirectoryKey } from '../../../access/directory';
import type { LeaverStore } from '../../../access/ports';
import { deleteRow, upsertRow, writeRows } from '../../table-storage/conditional-write';
import { deleteWhere } from '../../table-storage/row-deletion';
import { onStatus } from '../../table-storage/table-client';
import { withPrefix } from './access-keys';

const prefixes = { left: 'leaver-', active: 'person-' } as const;
const columns = z.object({ objectId: z.string() });

export class LeaverTable implements LeaverStore {
  constructor(private readonly table: TableClient) {}

  async put(
    key: DirectoryKey,
    userId: string,
    objectId: string,
    state: 'active' | 'left',
    replaces = false,
  ): Promise<void> {
    const rowKeyOf = (prefix: string) => `${prefix}${suffixOf(key, userId, objectId)}`;
    const { connectionId, tenantId: partitionKey } = key;
    const other = state === 'left' ? prefixes.active : prefixes.left;
    const row = { partitionKey, rowKey: rowKeyOf(prefixes[state]), connectionId, objectId };
    const replaced = { partitionKey, rowKey: rowKeyOf(other) };
    const actions: TransactionAction[] = [
      ['upsert', row, 'Replace'],
      ['delete', replaced],
    ];
    if (replaces)
      try {
        await writeRows(this.table, actions);
        return;
      } catch (error) {
        // An earlier attempt has replaced it.
        onStatus(404, () => undefined)(error);
      }
    // Written before the other row goes. With both, the person counts as active.
    await upsertRow(this.table, row);
    await deleteRow(this.table, replaced);
  }

  async deleteUser(key: DirectoryKey, userId: string, objectId: string): Promise<void> {
    for (const prefix of Object.values(prefixes))
      await deleteRow(this.table, {
        partitionKey: key.tenantId,
        rowKey: `${prefix}${suffixOf(key, userId, objectId)}`,
      });
  }

  async listLeavers(tenantId: string): Promise<ReadonlySet<string>> {
    const objectIds = new Set<string>();
    const queryOptions = { filter: withPrefix(tenantId, prefixes.left), select: ['objectId'] };
    for await (const row of this.table.listEntities({ queryOptions }))
      objectIds.add(columns.parse(row).objectId);
    return objectIds;
  }

  async isActive(tenantId: string, objectId: string): Promise<boolean> {
    const filter = withPrefix(tenantId, `${prefixes.active}${objectId}-`);
    const page = this.table.listEntities({ queryOptions: { filter } });
    for await (const row of page) return columns.parse(row).objectId === objectId;
    return false;
  }

  async deleteConnection({ tenantId, connectionId }: DirectoryKey): Promise<void> {
    for (const prefix of Object.values(prefixes))
      await deleteWhere(
        this.table,
        `${withPrefix(tenantId, prefix)} and ${odata`connectionId eq ${connectionId}`}`,
      );
  }
}

const suffixOf = ({ connectionId }: DirectoryKey, userId: string, objectId: string) =>
  `${objectId}-${connectionId}-${userId}`;
