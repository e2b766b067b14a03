/**
 * Every conditional write of every table adapter, with responses that are lost after the write. The
 * caller learns whether the write took effect, and a real conflict is still reported.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TableClient } from '@azure/data-tables';
import { AuditTable } from '../../../functions/azure/tables/audit/audit-table';
import { PendingRecordTable } from '../../../functions/azure/tables/audit/pending-record-table';
import { AllowedTenantsTable } from '../../../functions/azure/tables/sign-in/allowed-tenants-table';
import { AuthorizationTable } from '../../../functions/azure/tables/sign-in/authorization-table';
import { CatalogTable } from '../../../functions/azure/tables/catalog/catalog-table';
import { ConnectionAttemptTable } from '../../../functions/azure/tables/sign-in/connection-attempt-table';
import { PasswordTryTable } from '../../../functions/azure/tables/sign-in/password-try-table';
import { ConnectorTable } from '../../../functions/azure/tables/connector-table';
import { ConnectionTable } from '../../../functions/azure/tables/directory/connection-table';
import { DirectoryTable } from '../../../functions/azure/tables/directory/directory-table';
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { IdempotencyTable } from '../../../functions/azure/tables/idempotency-table';
import { LeaseTable } from '../../../functions/azure/tables/lease-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import { RateLimitTable } from '../../../functions/azure/tables/rate-limit-table';
import { SyncRunTable } from '../../../functions/azure/tables/sync-run-table';
import { TombstoneTable } from '../../../functions/azure/tables/catalog/tombstone-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import type { AuditRecord } from '../../../functions/audit/audit-record';
import { link } from '../../../functions/audit/chain';
import type { ConnectionAttempt } from '../../../functions/credentials/connection-attempt';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import type { RecordedEvent } from '../../../functions/events/event';
import type { IdempotencyRecord } from '../../../functions/http/ports';
import type { Authorization } from '../../../functions/oauth/authorization';
import type { ProvisioningConnection } from '../../../functions/provisioning/connections/connection';
import type { DirectoryResource } from '../../../functions/provisioning/directory/directory';
import { ulid } from '../../../functions/storage/ulid';
import type { SyncRun } from '../../../functions/sync/sync-run';
import type { Delivery } from '../../../functions/webhooks/delivery';
import type { Webhook } from '../../../functions/webhooks/webhook';
import { aConnector, now, owner } from '../../support/builders';
import { accessWrites } from './writes/access-writes';
import { indexWrites } from './writes/index-writes';
import { breakFirst, openBreakingTable, type Breaks } from '../../support/lost-responses';
import { useOwnStorage, useStorage } from '../../support/storage';

const storage = useStorage();

const { tenantId } = owner;
const key = { tenantId, connectorId: 'c1' };
const actor = { objectId: owner.objectId, displayName: owner.displayName };
const at = now.toISOString();
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const id = ulid(now, new Uint8Array(10));

const attempt: ConnectionAttempt = {
  tenantId,
  id: 'a1',
  connectorId: 'c1',
  method: 'client_credentials',
  initiator: actor,
  state: 'pending',
  createdAt: at,
  expiresAt: later(600).toISOString(),
};
const authorization: Authorization = {
  ...attempt,
  method: 'oauth',
  authority: tenantId,
  allowAccountChange: false,
  ticketHash: 't1',
  ticketExpiresAt: later(60).toISOString(),
};
const browser = { stateHash: 'b1', cookieHash: 'c1' };
const allowedTenants = { tenantId, tenantIds: [], version: 1 };
const passwordTry = { tenantId, subject: 's1', at: now };
const tryLimit = { since: new Date(0), max: 99 };
const delivery: Delivery = {
  tenantId,
  webhookId: 'w1',
  id,
  event: { id: 'e1', type: 'sync.failed' },
  body: '{}',
  status: 'pending',
  redelivery: 0,
  attemptCount: 0,
  attempts: [],
  createdAt: at,
};
const event: RecordedEvent = {
  ...key,
  id,
  type: 'connector.connected',
  at,
  actor,
  outcome: 'succeeded',
  data: {},
};
const record: IdempotencyRecord = {
  tenantId,
  id: 'i1',
  payloadHash: 'p1',
  leaseExpiresAt: at,
  expiresAt: at,
};
const webhook: Webhook = {
  tenantId,
  id: 'w1',
  address: { display: 'https://hooks.example/in', version: 'v1', confirmedAt: at },
  events: ['*'],
  enabled: true,
  secretVersion: 'v1',
  previousSecrets: [],
  version: 1,
  createdAt: at,
  createdBy: actor,
  updatedAt: at,
};
const run: SyncRun = {
  ...key,
  id,
  mode: 'initial',
  trigger: 'manual',
  status: 'queued',
  phase: 'queued',
  listCount: 0,
  factoryCount: 0,
  tallies: {},
  factories: [],
  activeMs: 0,
  createdAt: at,
  updatedAt: at,
};
const directory = { tenantId, connectionId: 'p1' };
const provisioning: ProvisioningConnection = {
  tenantId,
  id: 'p1',
  name: 'Entra ID',
  profile: 'entra',
  tokens: [],
  version: 1,
  createdAt: at,
  createdBy: actor,
  updatedAt: at,
};
const user: DirectoryResource = {
  type: 'User',
  id,
  attributes: { userName: 'ada', externalId: 'e1' },
  createdAt: at,
  lastModifiedAt: at,
  version: 1,
};
const group: DirectoryResource = {
  ...user,
  type: 'Group',
  id: ulid(later(1), new Uint8Array(10)),
  attributes: { displayName: 'Analysts' },
};
const nextRun = { ...run, id: ulid(later(1), new Uint8Array(10)) };
const progress = { at, factories: [], samples: [] };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const webhooks = (table: TableClient) => new WebhookTable(table, table);
const connectors = (table: TableClient) => new ConnectorTable(table, table, table);

async function aTombstone(table: TableClient, bytes: number) {
  const noise = randomBytes(bytes).toString('base64');
  const [resource] = extractResources('dataset', [
    { name: 'a', properties: { type: 'Json', noise } },
  ]);
  const catalog = new CatalogTable(table);
  const rowKey = 'dataset|a';
  const change = { put: [{ rowKey, resource: resource! }], remove: [] };
  const writer = { kind: 'dataset', writer: 'w1' } as const;
  await catalog.admitWriter(key, factory, writer);
  await catalog.write(key, factory, [change], now, writer);
  await catalog.write(key, factory, [{ put: [], remove: [rowKey] }], now, writer);
  return new TombstoneTable(table).find(key, factoryHash(factory), [rowKey]);
}

async function countOf(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of rows) count += 1;
  return count;
}

interface ConditionalWrite {
  readonly name: string;
  /** `file function` of each call that this write consists of. */
  readonly calls: readonly string[];
  /** Takes two clients of one table: one that works, and one whose responses break. */
  readonly prepare: (table: TableClient) => Promise<(breaking: TableClient) => Promise<unknown>>;
  /** The write has no condition that could fail, so it also succeeds for the next writer. */
  readonly repeatable?: true;
  /** Whether a result reports success. By default each result does and each error does not. */
  readonly isSuccess?: (result: unknown) => boolean;
}

const writes: ConditionalWrite[] = [
  ...accessWrites,
  ...indexWrites,
  {
    name: 'ConnectorTable.create',
    calls: [
      'connector-table writeWithEventsForEtags',
      'connector-table upsertRow',
      'connector-table createRow',
    ],
    prepare: async (table) => (breaking) =>
      new ConnectorTable(breaking, table, table).create(aConnector()),
  },
  {
    name: 'ConnectorTable.create of the last connector that the tenant may have',
    calls: [],
    async prepare(table) {
      await connectors(table).create(aConnector({ id: 'c0', name: 'First' }));
      return (breaking) => connectors(breaking).create(aConnector(), [{ event }], 2);
    },
  },
  {
    name: 'ConnectorTable.create with an event and its hint',
    calls: [],
    prepare: async () => (breaking) => connectors(breaking).create(aConnector(), [{ event }]),
  },
  {
    name: 'ConnectorTable.replace with an event',
    calls: [],
    async prepare(table) {
      const stored = await connectors(table).create(aConnector());
      return (breaking) =>
        new ConnectorTable(breaking, table, table).replace({ ...stored, version: 2 }, [{ event }]);
    },
  },
  {
    name: 'ConnectorTable.replace',
    calls: [],
    async prepare(table) {
      const stored = await connectors(table).create(aConnector());
      return (breaking) => connectors(breaking).replace({ ...stored, version: 2 });
    },
  },
  {
    name: 'ConnectorTable.replace with another name',
    calls: [],
    async prepare(table) {
      const stored = await connectors(table).create(aConnector());
      return (breaking) => connectors(breaking).replace({ ...stored, name: 'Marketing' });
    },
  },
  {
    name: 'ConnectorTable.replace of a deleted connector',
    calls: [],
    async prepare(table) {
      const stored = await connectors(table).create(aConnector());
      const connection = { state: 'deleting' as const };
      return (breaking) => connectors(breaking).replace({ ...stored, connection });
    },
  },
  {
    name: 'ConnectorTable.delete',
    calls: ['connector-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await connectors(table).create(aConnector());
      return (breaking) => connectors(breaking).delete(key);
    },
  },
  {
    name: 'ConnectionAttemptTable.create',
    calls: ['connection-attempt-table writeWithEvents'],
    prepare: async (table) => (breaking) =>
      new ConnectionAttemptTable(breaking, table).create(attempt, [{ event }]),
  },
  {
    name: 'ConnectionAttemptTable.replace',
    calls: ['connection-attempt-table writeWithEvents'],
    async prepare(table) {
      const stored = await new ConnectionAttemptTable(table, table).create(attempt);
      const changed = { ...stored, state: 'succeeded' } as const;
      return (breaking) =>
        new ConnectionAttemptTable(breaking, table).replace(changed, [{ event }]);
    },
  },
  {
    name: 'ConnectionAttemptTable.deleteConnector',
    calls: ['connection-attempt-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new ConnectionAttemptTable(table, table).create(attempt);
      return (breaking) => new ConnectionAttemptTable(breaking, table).deleteConnector(key);
    },
  },
  {
    name: 'AuthorizationTable.create',
    calls: ['authorization-table writeWithEvents'],
    prepare: async (table) => (breaking) =>
      new AuthorizationTable(breaking, table).create(authorization, [{ event }]),
  },
  {
    name: 'AuthorizationTable.replace',
    calls: ['authorization-table writeWithEvents'],
    async prepare(table) {
      const stored = await new AuthorizationTable(table, table).create(authorization);
      const changed = { ...stored, state: 'started', browser } as const;
      return (breaking) => new AuthorizationTable(breaking, table).replace(changed, [{ event }]);
    },
  },
  {
    name: 'AllowedTenantsTable.create',
    calls: ['allowed-tenants-table writeWithEvents'],
    prepare: async (table) => (breaking) =>
      new AllowedTenantsTable(breaking, table).create(allowedTenants, [{ event }]),
  },
  {
    name: 'AllowedTenantsTable.replace',
    calls: [],
    async prepare(table) {
      const stored = await new AllowedTenantsTable(table, table).create(allowedTenants);
      const changed = { ...stored, version: 2 };
      return (breaking) => new AllowedTenantsTable(breaking, table).replace(changed, [{ event }]);
    },
  },
  {
    name: 'PasswordTryTable.add, first',
    calls: ['password-try-table createRow'],
    repeatable: true,
    prepare: async () => (breaking) => new PasswordTryTable(breaking).add(passwordTry, tryLimit),
  },
  {
    name: 'PasswordTryTable.add, second',
    calls: ['password-try-table replaceRow'],
    repeatable: true,
    async prepare(table) {
      await new PasswordTryTable(table).add(passwordTry, tryLimit);
      return (breaking) => new PasswordTryTable(breaking).add(passwordTry, tryLimit);
    },
  },
  {
    name: 'DirectoryTable.commit of a new user',
    calls: ['directory-table writeRows'],
    prepare: async () => (breaking) =>
      new DirectoryTable(breaking).commit(directory, { resource: { after: user }, attached: [] }),
  },
  {
    name: 'DirectoryTable.commit of a member',
    calls: [],
    async prepare(table) {
      const store = new DirectoryTable(table);
      await store.commit(directory, { resource: { after: user }, attached: [] });
      const before = await store.commit(directory, { resource: { after: group }, attached: [] });
      const resource = { before: before!, after: { ...before!, version: 2 } };
      const members = { groupId: group.id, add: [{ id, type: 'User' as const }], remove: [] };
      return (breaking) =>
        new DirectoryTable(breaking).commit(directory, { resource, members, attached: [] });
    },
  },
  {
    name: 'ConnectionTable.create',
    calls: ['connection-table writeWithEvents'],
    prepare: async () => (breaking) => new ConnectionTable(breaking, breaking).create(provisioning),
  },
  {
    name: 'ConnectionTable.create, of counted connections',
    calls: [],
    async prepare(table) {
      const creations = await new ConnectionTable(table, table).getCreations(provisioning.tenantId);
      return (breaking) =>
        new ConnectionTable(breaking, breaking).create(provisioning, [], creations);
    },
  },
  {
    name: 'ConnectionTable.getCreations',
    calls: ['connection-table createRow'],
    repeatable: true,
    prepare: async () => (breaking) =>
      new ConnectionTable(breaking, breaking).getCreations(provisioning.tenantId),
  },
  {
    name: 'ConnectionTable.replace',
    calls: ['connection-table writeWithEvents'],
    async prepare(table) {
      const stored = await new ConnectionTable(table, table).create(provisioning);
      return (breaking) =>
        new ConnectionTable(breaking, breaking).replace({ ...stored, version: 2 });
    },
  },
  {
    name: 'ConnectionTable.delete',
    calls: ['connection-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new ConnectionTable(table, table).create(provisioning);
      return (breaking) => new ConnectionTable(breaking, breaking).delete(directory);
    },
  },
  {
    name: 'ConnectionTable.putTokenOwner',
    calls: ['connection-table upsertRow'],
    repeatable: true,
    prepare: async () => (breaking) =>
      new ConnectionTable(breaking, breaking).putTokenOwner('t1', directory),
  },
  {
    name: 'ConnectionTable.deleteTokenOwner',
    calls: ['connection-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new ConnectionTable(table, table).putTokenOwner('t1', directory);
      return (breaking) => new ConnectionTable(breaking, breaking).deleteTokenOwner('t1');
    },
  },
  {
    name: 'ConnectionTable.putTokenUse',
    calls: ['connection-table upsertRow'],
    repeatable: true,
    prepare: async () => (breaking) =>
      new ConnectionTable(breaking, breaking).putTokenUse(directory, 't1', { at }),
  },
  {
    name: 'DeliveryTable.create',
    calls: ['delivery-table writeWithEvents'],
    repeatable: true,
    prepare: async () => (table) => new DeliveryTable(table, table).create(delivery),
  },
  {
    name: 'DeliveryTable.replace',
    calls: ['delivery-table writeWithEvents'],
    async prepare(table) {
      await new DeliveryTable(table, table).create(delivery);
      const stored = (await new DeliveryTable(table, table).get(delivery, id))!;
      return (breaking) =>
        new DeliveryTable(breaking, breaking).replace({ ...stored, attemptCount: 1 });
    },
  },
  {
    name: 'EtagMapTable.deleteConnector',
    calls: ['etag-map-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new EtagMapTable(table).claim(key, factory, 'pipeline', 'r1', {}, 'w1');
      return (breaking) => new EtagMapTable(breaking).deleteConnector(key);
    },
  },
  {
    name: 'EtagMapTable.forgetFactory',
    calls: ['etag-map-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new EtagMapTable(table).markGone(key, factory, 'r1');
      return (breaking) => new EtagMapTable(breaking).forgetFactory(key, factory);
    },
  },
  {
    name: 'SyncRunTable.settle',
    calls: ['sync-run-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new SyncRunTable(table, table).begin(run);
      await new SyncRunTable(table, table).cleanUp(run);
      const closing = { ...key, syncRunId: run.id };
      return (breaking) => new SyncRunTable(breaking, breaking).settle(closing);
    },
  },
  {
    name: 'EtagMapTable.forget',
    calls: ['etag-map-table writeRows', 'etag-map-table deleteRow'],
    async prepare(table) {
      const claimed = await new EtagMapTable(table).claim(key, factory, 'pipeline', 'r1', {}, 'w1');
      return (breaking) => new EtagMapTable(breaking).forget(key, factory, 'pipeline', claimed);
    },
  },
  {
    name: 'CatalogTable.dismissWriters',
    calls: ['catalog-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      const writer = { kind: 'dataset', writer: 'w1' } as const;
      await new CatalogTable(table).admitWriter(key, factory, writer);
      return (breaking) => new CatalogTable(breaking).dismissWriters(key, factory, [writer]);
    },
  },
  {
    name: 'CatalogTable.dismissAllWriters',
    calls: ['catalog-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      const writer = { kind: 'dataset', writer: 'w1' } as const;
      await new CatalogTable(table).admitWriter(key, factory, writer);
      return (breaking) => new CatalogTable(breaking).dismissAllWriters(key, factory, 'dataset');
    },
  },
  {
    name: 'EtagMapTable.claim of a new map',
    calls: ['etag-map-table writeRows'],
    prepare: async () => (table) =>
      new EtagMapTable(table).claim(key, factory, 'pipeline', 'r1', {}, 'w1'),
  },
  {
    name: 'EtagMapTable.claim of a stored map',
    calls: [],
    async prepare(table) {
      const claimed = await new EtagMapTable(table).claim(key, factory, 'pipeline', 'r1', {}, 'w1');
      return (breaking) =>
        new EtagMapTable(breaking).claim(key, factory, 'pipeline', 'r2', claimed, 'w2');
    },
  },
  {
    name: 'EtagMapTable.markDerivedDataCurrent',
    calls: ['etag-map-table mergeRow'],
    repeatable: true,
    async prepare(table) {
      const maps = new EtagMapTable(table);
      await maps.claim(key, factory, 'pipeline', 'r1', {}, 'w1');
      const found = await maps.findStaleDerivedData(key, factory);
      return (breaking) => new EtagMapTable(breaking).markDerivedDataCurrent(key, factory, found!);
    },
  },
  {
    name: 'EtagMapTable.save',
    calls: [],
    async prepare(table) {
      const claimed = await new EtagMapTable(table).claim(key, factory, 'pipeline', 'r1', {}, 'w1');
      const map = { entries: new Map() };
      const references = new Map();
      return (breaking) =>
        new EtagMapTable(breaking).save(key, factory, 'pipeline', map, claimed, references);
    },
  },
  {
    name: 'IdempotencyTable.create',
    calls: ['idempotency-table createRow'],
    prepare: async () => (table) => new IdempotencyTable(table).create(record),
  },
  {
    name: 'IdempotencyTable.replace',
    calls: ['idempotency-table replaceRow'],
    async prepare(table) {
      const stored = await new IdempotencyTable(table).create(record);
      return (breaking) => new IdempotencyTable(breaking).replace({ ...stored, payloadHash: 'p2' });
    },
  },
  {
    name: 'IdempotencyTable.delete',
    calls: ['idempotency-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      const stored = await new IdempotencyTable(table).create(record);
      return (breaking) => new IdempotencyTable(breaking).delete(stored);
    },
  },
  {
    name: 'IdempotencyTable.deleteExpired',
    calls: [],
    repeatable: true,
    async prepare(table) {
      await new IdempotencyTable(table).create(record);
      return (breaking) => countOf(new IdempotencyTable(breaking).deleteExpired(later(1)));
    },
  },
  {
    name: 'LeaseTable.take',
    calls: ['lease-table createRow'],
    isSuccess: Boolean,
    prepare: async () => (table) => new LeaseTable(table).take(key, now, later(60)),
  },
  {
    name: 'LeaseTable.take of an expired lease',
    calls: ['lease-table replaceRow'],
    isSuccess: Boolean,
    async prepare(table) {
      await new LeaseTable(table).take(key, now, later(60));
      return (breaking) => new LeaseTable(breaking).take(key, later(61), later(120));
    },
  },
  {
    name: 'LeaseTable.release',
    calls: ['lease-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      const lease = (await new LeaseTable(table).take(key, now, later(60)))!;
      return (breaking) => new LeaseTable(breaking).release(lease);
    },
  },
  {
    name: 'LeaseTable.deleteConnector',
    calls: ['lease-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new LeaseTable(table).take(key, now, later(60));
      return (breaking) => new LeaseTable(breaking).deleteConnector(key);
    },
  },
  {
    name: 'OutboxTable.put',
    calls: ['outbox-table upsertRow'],
    repeatable: true,
    prepare: async () => (breaking) => new OutboxTable(breaking, []).put({ event }),
  },
  {
    name: 'OutboxTable.delete',
    calls: ['outbox-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new OutboxTable(table, []).put({ event });
      return (breaking) => new OutboxTable(breaking, []).delete({ event, place: '' });
    },
  },
  {
    name: 'OutboxTable.delete of an event of a change',
    calls: ['outbox-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await connectors(table).create(aConnector(), [{ event }]);
      const place = `${table.tableName}|${tenantId}`;
      return (breaking) => new OutboxTable(breaking, [breaking]).delete({ event, place });
    },
  },
  {
    name: 'OutboxTable.listPending with an old hint',
    calls: ['outbox-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await connectors(table).create(aConnector(), [{ event }]);
      const place = `${table.tableName}|${tenantId}`;
      await new OutboxTable(table, [table]).delete({ event, place });
      const tomorrow = new Date(Date.now() + 86_400_000);
      return (breaking) => countOf(new OutboxTable(breaking, [breaking]).listPending(tomorrow));
    },
  },
  {
    name: 'ProgressRows.reportProgress',
    calls: ['progress-rows replaceExistingRow'],
    repeatable: true,
    async prepare(table) {
      const runKey = { ...key, syncRunId: id };
      await new SyncRunTable(table, table).reportProgress(runKey, 'w', progress, true);
      return (breaking) =>
        new SyncRunTable(breaking, breaking).reportProgress(runKey, 'w', progress, false);
    },
  },
  {
    name: 'SyncRunTable.begin',
    calls: ['sync-run-table writeWithEvents'],
    prepare: async () => (table) => new SyncRunTable(table, table).begin(run),
  },
  {
    name: 'SyncRunTable.takeOverLock',
    calls: ['sync-run-table writeWithEvents'],
    async prepare(table) {
      await new SyncRunTable(table, table).begin(run);
      const lock = (await new SyncRunTable(table, table).getLock(key))!;
      return (breaking) => new SyncRunTable(breaking, breaking).takeOverLock(nextRun, lock);
    },
  },
  {
    name: 'SyncRunTable.releaseLock',
    calls: ['sync-run-table deleteRow'],
    repeatable: true,
    async prepare(table) {
      await new SyncRunTable(table, table).begin(run);
      const lock = (await new SyncRunTable(table, table).getLock(key))!;
      return (breaking) => new SyncRunTable(breaking, breaking).releaseLock(key, lock);
    },
  },
  {
    name: 'SyncRunTable.replace',
    calls: ['sync-run-table writeWithEvents'],
    async prepare(table) {
      await new SyncRunTable(table, table).begin(run);
      const stored = (await new SyncRunTable(table, table).get(key, id))!;
      return (breaking) =>
        new SyncRunTable(breaking, breaking).replace({ ...stored, status: 'running' });
    },
  },
  {
    name: 'WebhookTable.create',
    calls: ['webhook-table writeWithEvents'],
    prepare: async () => (table) => webhooks(table).create(webhook),
  },
  {
    name: 'WebhookTable.replace',
    calls: ['webhook-table writeWithEvents'],
    async prepare(table) {
      const stored = await webhooks(table).create(webhook);
      return (breaking) => webhooks(breaking).replace({ ...stored, enabled: false });
    },
  },
  {
    name: 'WebhookTable.delete',
    calls: [],
    repeatable: true,
    async prepare(table) {
      await webhooks(table).create(webhook, [{ event }]);
      return (breaking) => webhooks(breaking).delete(tenantId, 'w1', [{ event }]);
    },
  },
  {
    name: 'TombstoneTable.purge of a row',
    calls: ['tombstone-table deleteRow'],
    repeatable: true,
    isSuccess: (remaining) => remaining === 0,
    async prepare(table) {
      const found = await aTombstone(table, 10);
      return (breaking) => new TombstoneTable(breaking).purge(key, factoryHash(factory), found);
    },
  },
  {
    name: 'TombstoneTable.purge of a row with parts',
    calls: ['tombstone-table writeRows'],
    // After the purge no part remains, and the deleted row counts as purged.
    repeatable: true,
    isSuccess: (remaining) => remaining === 0,
    async prepare(table) {
      const found = await aTombstone(table, 900_000);
      return (breaking) => new TombstoneTable(breaking).purge(key, factoryHash(factory), found);
    },
  },
  {
    name: 'RateLimitTable.increment',
    calls: ['rate-limit-table createRow'],
    repeatable: true,
    prepare: async () => (table) => new RateLimitTable(table).increment(aWindow, 3),
    isSuccess: (used) => Number(used) <= 3,
  },
  {
    name: 'RateLimitTable.increment of a stored window',
    calls: ['rate-limit-table replaceRow'],
    repeatable: true,
    isSuccess: (used) => Number(used) <= 3,
    async prepare(table) {
      await new RateLimitTable(table).increment(aWindow, 3);
      return (breaking) => new RateLimitTable(breaking).increment(aWindow, 3);
    },
  },
  {
    name: 'SyncRunTable.delete',
    calls: ['sync-run-table deleteRow'],
    // A deleted row cannot name its writer: each of several deletes reports success.
    repeatable: true,
    async prepare(table) {
      await new SyncRunTable(table, table).begin(run);
      const stored = (await new SyncRunTable(table, table).get(key, id))!;
      return (breaking) => new SyncRunTable(breaking, breaking).delete(stored);
    },
  },
  {
    name: 'AuditTable.append to an empty trail',
    calls: ['audit-table writeRows'],
    isSuccess: Boolean,
    async prepare() {
      const { head, entries } = link(undefined, [{ id, record: auditRecord }], now);
      return (table) => new AuditTable(table).append(tenantId, undefined, head, entries);
    },
  },
  {
    name: 'AuditTable.append to a trail',
    calls: [],
    isSuccess: Boolean,
    async prepare(table) {
      const first = link(undefined, [{ id, record: auditRecord }], now);
      await new AuditTable(table).append(tenantId, undefined, first.head, first.entries);
      const before = (await new AuditTable(table).getHead(tenantId))!;
      const { head, entries } = link(before, [{ id: nextRun.id, record: auditRecord }], now);
      return (breaking) => new AuditTable(breaking).append(tenantId, before, head, entries);
    },
  },
  {
    name: 'AuditTable.putFloor',
    calls: ['audit-table createRow'],
    repeatable: true,
    prepare: async () => (table) => new AuditTable(table).putFloor(tenantId, signed),
  },
  {
    name: 'AuditTable.putFloor above another',
    calls: ['audit-table replaceRow'],
    repeatable: true,
    async prepare(table) {
      await new AuditTable(table).putFloor(tenantId, signed);
      return (breaking) => new AuditTable(breaking).putFloor(tenantId, { ...signed, seq: 2 });
    },
  },
  {
    name: 'AuditTable.putCheckpoint',
    calls: ['audit-table createRow'],
    repeatable: true,
    prepare: async () => (table) => new AuditTable(table).putCheckpoint(tenantId, signed),
  },
  {
    name: 'PendingRecordTable.put',
    calls: ['pending-record-table upsertRow'],
    repeatable: true,
    prepare: async () => (table) => new PendingRecordTable(table, table).put(id, auditRecord),
  },
];
const auditRecord: AuditRecord = {
  at,
  tenantId,
  actor: { kind: 'system' },
  action: 'user.created',
};
const signed = { seq: 1, hash: 'h', at, keyVersion: 'v1', signature: 's' };
const aWindow = { tenantId, limit: 'credentials', subject: 's', window: 7, windowEndsAt: now };

const exclusive = writes.filter(({ repeatable }) => !repeatable);

const faults: [string, Breaks][] = [
  ['a reset after the write', breakFirst('reset')],
  ['a cut response', breakFirst('cut')],
  ['a reset before the write', breakFirst('not sent')],
  ['a reset after every attempt', () => 'reset'],
];

const succeeded = (write: Promise<unknown>, isSuccess: (result: unknown) => boolean = () => true) =>
  write.then(isSuccess, (error: { kind?: string; statusCode?: number }) => {
    expect(['conflict', 'stale', 409]).toContain(error.kind ?? error.statusCode);
    return false;
  });

describe.each(writes)('$name', ({ prepare, isSuccess, repeatable }) => {
  const open = (table: TableClient, breaks: Breaks) =>
    openBreakingTable(storage.connectionString, table.tableName, breaks);

  it('reports a success whose response is lost, and a real conflict', async () => {
    const outcomes = await Promise.all(
      faults.map(async ([fault, breaks]) => {
        const table = await storage.newTable();
        const write = await prepare(table);
        const first = await succeeded(write(open(table, breaks)), isSuccess);
        const second = await succeeded(write(open(table, breakFirst('reset'))), isSuccess);
        return [fault, first, second];
      }),
    );

    expect(outcomes).toEqual(faults.map(([fault]) => [fault, true, repeatable ?? false]));
  });
});

it.each(exclusive)('$name succeeds for one of ten writers', async ({ prepare, isSuccess }) => {
  const table = await storage.newTable();
  const write = await prepare(table);

  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () =>
      succeeded(
        write(openBreakingTable(storage.connectionString, table.tableName, breakFirst('reset'))),
        isSuccess,
      ),
    ),
  );

  expect(outcomes.filter(Boolean)).toHaveLength(1);
});

describe('a conditional write', () => {
  const breaking = (table: TableClient, breaks: Breaks) =>
    openBreakingTable(storage.connectionString, table.tableName, breaks);

  it('returns the etag that the next write needs', async () => {
    const table = await storage.newTable();
    const created = await webhooks(breaking(table, breakFirst('reset'))).create(webhook);

    const replaced = await webhooks(breaking(table, breakFirst('cut'))).replace(created);

    expect(await webhooks(table).get(tenantId, 'w1')).toEqual(replaced);
    await expect(webhooks(table).replace(created)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('is recognized after other writers replaced its row', async () => {
    const table = await storage.newTable();
    const store = webhooks(table);
    const stored = await store.create(webhook);
    let concurrentWrites: Promise<unknown> | undefined;
    const writeConcurrently = async () => {
      for (const version of [3, 4])
        await store.replace({ ...(await store.get(tenantId, 'w1'))!, version });
    };
    const slow = breaking(table, (write) => (write === 0 ? 'reset' : undefined));
    const { pipeline } = slow;
    pipeline.addPolicy(
      {
        name: 'writeConcurrently',
        async sendRequest(request, next) {
          return next(request).catch(async (error: unknown) => {
            await (concurrentWrites ??= writeConcurrently());
            throw error;
          });
        },
      },
      { afterPhase: 'Retry', beforePolicies: ['breakResponses'] },
    );

    const replaced = await webhooks(slow).replace({ ...stored, version: 2 });

    expect(concurrentWrites).toBeDefined();
    expect(await store.get(tenantId, 'w1')).toMatchObject({ version: 4 });
    await expect(store.replace(replaced)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('counts each request of ten workers once', async () => {
    const table = await storage.newTable();
    const counts = await Promise.all(
      Array.from({ length: 10 }, () =>
        new RateLimitTable(breaking(table, breakFirst('reset'))).increment(aWindow, 100),
      ),
    );

    expect(counts.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('the conditional writes of the adapters', () => {
  it('are all in the table of this test', () => {
    const folder = join(__dirname, '../../../functions/azure/tables');
    const call =
      /(?<![\w.])(createRow|mergeRow|replaceRow|replaceExistingRow|upsertRow|deleteRow|writeRows|writeRowsForEtags|writeWithEvents|writeWithEventsForEtags|deleteWithEvents)\((?=this|table)/g;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const found = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(join(folder, file), 'utf8').matchAll(call)].map(
          ([, name]) => `${basename(file, '.ts')} ${name}`,
        ),
      );

    expect(writes.flatMap(({ calls }) => calls).toSorted()).toEqual(found.toSorted());
  });
});

describe('a conditional write with faults of the storage emulator', () => {
  const own = useOwnStorage();

  it.each(['reset', 'truncate'] as const)('completes each write after a %s', async (kind) => {
    const table = await own.newTable();
    const store = new ConnectorTable(table, table, table);
    const addFault = async (path: string) => {
      own.context.faults.add({ service: 'storage', kind, path, count: 1 });
      await own.storage.settle();
    };

    await addFault('batch');
    const created = await store.create(aConnector());
    await addFault('batch');
    const renamed = await store.replace({ ...created, name: 'Marketing' });
    await addFault('^DELETE');
    await store.delete(key);

    expect(renamed).toMatchObject({ name: 'Marketing' });
    expect(await store.get(key)).toBeUndefined();
    expect(own.context.faults.list()).toEqual([]);
  });
});
