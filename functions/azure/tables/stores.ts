/** Every store in Table Storage, under the name by which a module asks for it. */
import type { TableClient } from '@azure/data-tables';
import { combining } from '../table-storage/combined-transactions';
import type { PackedUnit } from '../../catalog/packed-units';
import type { LineageUnit } from '../../lineage/lineage-unit';
import type { DeviceSession } from '../../oauth/device-session';
import type { SearchUnit } from '../../search/search-unit';
import { AssignmentTable } from './access/assignment-table';
import { ClaimTable } from './access/claim-table';
import { IntentTable } from './access/intent-table';
import { LeaverTable } from './access/leaver-table';
import { RuleTable } from './access/rule-table';
import { WorkLeaseTable } from './access/work-lease-table';
import { AllowedTenantsTable } from './sign-in/allowed-tenants-table';
import { AuditTable } from './audit/audit-table';
import { PendingRecordTable } from './audit/pending-record-table';
import { AuthorizationTable } from './sign-in/authorization-table';
import { CatalogTable } from './catalog/catalog-table';
import { ConnectionAttemptTable } from './sign-in/connection-attempt-table';
import { ConnectorTable } from './connector-table';
import { DeliveryTable } from './delivery-table';
import { ConnectionTable } from './directory/connection-table';
import { DirectoryTable } from './directory/directory-table';
import { RequestLogTable } from './directory/request-log-table';
import { EtagMapTable } from './catalog/etag-map-table';
import { EventTable } from './event-table';
import { IdempotencyTable } from './idempotency-table';
import { LeaseTable } from './lease-table';
import { PushTable } from './openlineage/push-table';
import { TargetTable } from './openlineage/target-table';
import { OrchestrationTable } from './orchestration-table';
import { OutboxTable } from './outbox-table';
import { PackedUnitTable } from './catalog/packed-unit-table';
import { PasswordTryTable } from './sign-in/password-try-table';
import { RateLimitTable } from './rate-limit-table';
import { ReferenceIndexTable } from './catalog/reference-index-table';
import { RunHistoryStateTable } from './run-history-state-table';
import { RunHistoryTable } from './run-history-table';
import { SyncChangeTable } from './catalog/sync-change-table';
import { SyncRunTable } from './sync-run-table';
import type { TableName } from './table-names';
import { TombstoneTable } from './catalog/tombstone-table';
import { WebhookTable } from './webhook-table';

/** Tables whose stores write events in the transaction of a change. */
const tablesWithEvents = [
  'connectors',
  'connectionAttempts',
  'webhooks',
  'deliveries',
  'syncRuns',
  'provisioning',
] as const;

export const tableStores = (table: (name: TableName) => TableClient) => ({
  connectorStore: new ConnectorTable(table('connectors'), table('tenants'), table('outbox')),
  leaseStore: new LeaseTable(table('connectors')),
  authorizationStore: new AuthorizationTable(table('connectionAttempts'), table('outbox')),
  connectionAttemptStore: new ConnectionAttemptTable(table('connectionAttempts'), table('outbox')),
  deviceSessionStore: new ConnectionAttemptTable<DeviceSession>(
    table('connectionAttempts'),
    table('outbox'),
    ['device_code'],
  ),
  allowedTenantsStore: new AllowedTenantsTable(table('connectionAttempts'), table('outbox')),
  passwordTryStore: new PasswordTryTable(table('connectionAttempts')),
  eventStore: new EventTable(table('events')),
  outbox: new OutboxTable(
    table('outbox'),
    tablesWithEvents.map((name) => table(name)),
  ),
  webhookStore: new WebhookTable(table('webhooks'), table('outbox')),
  deliveryStore: new DeliveryTable(table('deliveries'), table('outbox')),
  catalogStore: new CatalogTable(combining(table('resources'))),
  tombstoneStore: new TombstoneTable(table('resources')),
  etagMapStore: new EtagMapTable(combining(table('syncState'))),
  referenceIndexStore: new ReferenceIndexTable(table('syncState')),
  lineageStore: new PackedUnitTable<LineageUnit>(table('syncState'), 'lineage'),
  searchStore: new PackedUnitTable<SearchUnit>(table('syncState'), 'search'),
  sentStore: new PackedUnitTable<PackedUnit>(table('syncState'), 'openlineage'),
  targetStore: new TargetTable(table('webhooks'), table('outbox')),
  pushStore: new PushTable(table('webhooks')),
  changeLog: new SyncChangeTable(combining(table('syncChanges'))),
  runHistoryStore: new RunHistoryTable(table('runHistory')),
  runHistoryStateStore: new RunHistoryStateTable(table('syncState')),
  syncRunStore: new SyncRunTable(table('syncRuns'), table('outbox')),
  orchestrationStore: new OrchestrationTable(table('orchestrations')),
  idempotencyStore: new IdempotencyTable(table('idempotency')),
  rateLimitStore: new RateLimitTable(table('rateLimits')),
  directoryStore: new DirectoryTable(table('directory')),
  provisioningConnectionStore: new ConnectionTable(table('provisioning'), table('outbox')),
  auditStore: new AuditTable(table('auditTrail')),
  pendingRecordStore: new PendingRecordTable(table('auditPending'), table('directory')),
  ruleStore: new RuleTable(table('directory')),
  intentStore: new IntentTable(table('directory')),
  workLeaseStore: new WorkLeaseTable(table('directory')),
  assignmentStore: new AssignmentTable(table('directory')),
  claimStore: new ClaimTable(table('access')),
  leaverStore: new LeaverTable(table('access')),
  requestLogStore: new RequestLogTable(table('provisioningRequests')),
});
