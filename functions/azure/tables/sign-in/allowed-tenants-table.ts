/**
 * AllowedTenantsStore in Table Storage: one row `allowed-tenants` per tenant, beside the connection
 * attempts. PartitionKey: tenant.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { AllowedTenants } from '../../../credentials/accounts/allowed-tenants';
import type { AllowedTenantsStore } from '../../../credentials/ports';
import { StaleError } from '../../../errors/app-error';
import { person } from '../../../events/actor';
import type { OutboxMessage } from '../../../events/ports';
import type { Stored } from '../../../storage/stored';
import { storedEtag } from '../../table-storage/conditional-write';
import { jsonColumn, type SchemaShape } from '../../table-storage/json-column';
import { writeWithEvents } from '../../table-storage/outbox-rows';
import { onStatus, throwAs } from '../../table-storage/table-client';

const rowKey = 'allowed-tenants';

const columns = z.object({
  setting: jsonColumn(
    z.object({
      tenantId: z.string(),
      tenantIds: z.array(z.string()),
      version: z.number(),
      updatedAt: z.string().exactOptional(),
      updatedBy: person.exactOptional(),
    } satisfies SchemaShape<AllowedTenants>),
  ),
});

const outdated = throwAs(
  StaleError,
  'allowed_tenants_changed',
  'The allowed tenants changed since they were read. Read them again, then repeat your change.',
);

export class AllowedTenantsTable implements AllowedTenantsStore {
  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get(tenantId: string): Promise<Stored<AllowedTenants> | undefined> {
    const row = await this.table.getEntity(tenantId, rowKey).catch(onStatus(404, () => undefined));
    return row && { ...columns.parse(row).setting, etag: storedEtag(row) };
  }

  create(setting: AllowedTenants, messages: readonly OutboxMessage[] = []) {
    return this.write(setting, ['create', toRow(setting)], messages);
  }

  replace(
    { etag, ...setting }: Stored<AllowedTenants>,
    messages: readonly OutboxMessage[] = [],
  ): Promise<Stored<AllowedTenants>> {
    return this.write(setting, ['update', toRow(setting), 'Replace', { etag }], messages);
  }

  private async write(
    setting: AllowedTenants,
    action: TransactionAction,
    messages: readonly OutboxMessage[],
  ): Promise<Stored<AllowedTenants>> {
    const etag = await writeWithEvents(this.table, this.outbox, [action], messages)
      .catch(onStatus(409, outdated))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...setting, etag };
  }
}

const toRow = (setting: AllowedTenants) => ({
  partitionKey: setting.tenantId,
  rowKey,
  setting: JSON.stringify(setting),
});
