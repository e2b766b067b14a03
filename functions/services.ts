/** The composition root: what every handler and step is given, built once per worker on first use. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HttpRequest, InvocationContext } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import { ConnectionAttemptTable } from './azure/tables/connection-attempt-table';
import { AuthorizationTable } from './azure/tables/authorization-table';
import { EntraAccessCheck } from './azure/entra/access-check';
import { CatalogTable } from './azure/tables/catalog-table';
import { ChangeTable } from './azure/tables/sync-change-table';
import { ConnectorTable } from './azure/tables/connector-table';
import { RateLimitTable } from './azure/tables/rate-limit-table';
import { KeyVaultSecretStore } from './azure/key-vault/secret-store';
import { DeliveryTable } from './azure/tables/delivery-table';
import { EventTable } from './azure/tables/event-table';
import { ArmFactoryReader } from './azure/resource-manager/factory-reader';
import { ArmRunReader } from './azure/resource-manager/run-reader';
import { RunHistoryStateTable } from './azure/tables/run-history-state-table';
import { ReferenceIndexTable } from './azure/tables/reference-index-table';
import { RunHistoryTable } from './azure/tables/run-history-table';
import { ConcurrencyLimiter } from './concurrency/concurrency-limiter';
import { LeaseTable } from './azure/tables/lease-table';
import { IdempotencyTable } from './azure/tables/idempotency-table';
import { OutboxTable } from './azure/tables/outbox-table';
import { ResourceManager } from './azure/resource-manager/resource-manager';
import { SyncRunTable } from './azure/tables/sync-run-table';
import { EtagMapTable } from './azure/tables/etag-map-table';
import type { TableName } from './azure/tables/table-names';
import { openTable } from './azure/table-storage/table-client';
import { EntraTokenEndpoint } from './azure/entra/token-endpoint';
import { TombstoneTable } from './azure/tables/tombstone-table';
import { EntraUserSignIn } from './azure/entra/user-sign-in';
import { WebhookTable } from './azure/tables/webhook-table';
import { CatalogService } from './catalog/catalog-service';
import { EdgeService } from './catalog/edge-service';
import { MirrorService } from './catalog/mirror-service';
import type { FactoryReader } from './data-factory/ports';
import { RemovedResourcesService } from './catalog/removed-resources-service';
import type { Config } from './config';
import { AccessTokenService } from './credentials/access-token-service';
import { ConnectionAttemptService } from './credentials/connection-attempt-service';
import { appSecretHealth } from './credentials/app-secret-health';
import { ConnectionService } from './credentials/connection-service';
import { CachedAccessTokens } from './credentials/cached-access-tokens';
import { ConnectionStateService } from './credentials/connection-state-service';
import { ConnectorService, newConnectorId } from './connectors/connector-service';
import { DeletionService } from './connectors/deletion-service';
import { ConnectionMaintenanceService } from './credentials/connection-maintenance-service';
import { PasswordSignInService } from './credentials/password-sign-in-service';
import { DisconnectService } from './credentials/disconnect-service';
import type { ConnectorDependent } from './connectors/ports';
import { SecretRotationService } from './credentials/secret-rotation-service';
import { SecretRolloverService } from './credentials/secret-rollover-service';
import { ConnectionTestService } from './credentials/connection-test-service';
import { ReconciliationService } from './connectors/connector-reconciliation-service';
import { durableClientOf } from './durable/durable-client';
import type { DurableClient } from './durable/ports';
import { EventService } from './events/event-service';
import { createHealthCheck, type HealthCheck } from './http/health';
import { authenticator } from './http/authenticate';
import type { Caller } from './http/caller';
import { Idempotency } from './http/idempotency';
import { Cursors } from './http/paging';
import { RateLimiter } from './http/rate-limit';
import { ConsentService } from './oauth/consent-service';
import { DeviceService } from './oauth/device-service';
import type { DeviceSession } from './oauth/device-session';
import { OAuthService } from './oauth/oauth-service';
import { OAuthSessionService } from './oauth/oauth-session-service';
import { memoizeWithTtl } from './concurrency/memoize-with-ttl';
import { RetentionService } from './retention/retention-service';
import { RunHistoryService } from './run-history/run-history-service';
import { RunMirrorService } from './run-history/run-mirror-service';
import { RunHistoryRetentionService } from './retention/run-history-retention-service';
import { ChangeService } from './sync/change-service';
import { DiscoveryService } from './sync/discovery-service';
import { StopRequestService } from './sync/stop-request-service';
import { ProgressReportingService } from './sync/progress/progress-reporting-service';
import { OpsService } from './sync/ops-service';
import { ProgressService } from './sync/progress/progress-service';
import { RemovedResourcesRetentionService } from './retention/removed-resources-retention-service';
import { MassRemovalService } from './sync/mass-removal-service';
import { SyncReconciliationService } from './sync/sync-reconciliation-service';
import type { Schedule } from './connectors/schedule';
import { ScheduleService } from './connectors/schedule-service';
import { SyncControlService } from './sync/sync-control-service';
import { SyncRunService } from './sync/sync-run-service';
import { OutboxRelayService } from './webhooks/outbox-relay-service';
import { DeliveryService } from './webhooks/delivery-service';
import { HttpsSender } from './webhooks/https-sender';
import { OrphanedSecretService } from './webhooks/orphaned-secret-service';
import { WebhookService } from './webhooks/webhook-service';
import type { AccessTokens } from './credentials/ports';

export interface Services {
  readonly now: () => Date;
  readonly authenticate: (request: HttpRequest) => Promise<Caller>;
  readonly durableClient: (context: InvocationContext) => DurableClient;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly rateLimiter: RateLimiter;
  /** Where browsers reach us, and where a sign-in may send them on to. */
  readonly publicUrl: string;
  readonly returnUrls: Readonly<Record<string, string>>;
  readonly connectors: ConnectorService;
  readonly connections: ConnectionService;
  readonly attempts: ConnectionAttemptService;
  readonly passwords: PasswordSignInService;
  readonly devices: DeviceService;
  readonly secretRotations: SecretRotationService;
  readonly connectionTests: ConnectionTestService;
  readonly disconnects: DisconnectService;
  readonly consents: ConsentService;
  readonly accessTokens: AccessTokens;
  readonly keeping: ConnectionMaintenanceService;
  readonly reconciliation: ReconciliationService;
  readonly deletion: DeletionService;
  readonly oauth: OAuthService;
  readonly oauthSessions: OAuthSessionService;
  readonly factories: FactoryReader;
  readonly catalog: CatalogService;
  readonly removed: RemovedResourcesService;
  readonly edges: EdgeService;
  readonly runHistory: RunHistoryService;
  readonly runMirror: RunMirrorService;
  readonly mirror: MirrorService;
  readonly discovery: DiscoveryService;
  readonly syncRuns: SyncRunService;
  readonly syncProgress: ProgressService;
  readonly progressReporting: ProgressReportingService;
  readonly steering: SyncControlService;
  readonly halts: StopRequestService;
  readonly removals: MassRemovalService;
  readonly syncReconciliation: SyncReconciliationService;
  readonly ops: OpsService;
  readonly schedules: ScheduleService;
  readonly changes: ChangeService;
  readonly events: EventService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly outboxRelay: OutboxRelayService;
  readonly orphanedSecrets: OrphanedSecretService;
  readonly retention: RetentionService;
  /** Each part once; never throws. */
  readonly checkHealth: () => Promise<readonly HealthCheck[]>;
}

/** SDK clients open no connection until used, so building all of them is cheap: no I/O happens here. */
export function createServices(config: Config): Services {
  const now = () => new Date();
  const identity = new ManagedIdentityCredential(
    config.identityClientId === undefined ? {} : { clientId: config.identityClientId },
  );
  const table = (name: TableName) => openTable(config.storage, name, identity);

  const vault = new KeyVaultSecretStore(config.keyVaultUrl, identity);
  const secret = (name: string) => memoizeWithTtl(() => vault.get(name), now);
  const entra = new EntraTokenEndpoint({
    entraUrl: config.entraUrl,
    clientId: config.oauth.clientId,
    clientSecret: secret(config.oauth.clientSecretName),
    redirectUri: `${config.publicUrl}/api/oauth/callback`,
  });
  const users = new EntraUserSignIn({
    entraUrl: config.entraUrl,
    clientId: config.oauth.clientId,
  });
  const cursorKey = secret(config.cursorKeySecretName);

  const eventTable = new EventTable(table('events'));
  const events = new EventService(eventTable, new OutboxTable(table('outbox')), now, randomBytes);
  const deliveryTable = new DeliveryTable(table('deliveries'));
  const webhookTable = new WebhookTable(table('webhooks'));
  const webhooks = new WebhookService(
    webhookTable,
    deliveryTable,
    vault,
    events,
    now,
    () => newConnectorId(now(), randomUUID()),
    config.webhookAllowedHosts,
  );
  const sender = new HttpsSender(config.webhookAllowedHosts);
  const deliveries = new DeliveryService(deliveryTable, webhooks, sender, now);

  const connectorTable = new ConnectorTable(table('connectors'), table('tenants'));
  const authorizations = new AuthorizationTable(table('attempts'));
  const connectors = new ConnectorService(
    connectorTable,
    now,
    () => newConnectorId(now(), randomUUID()),
    events,
  );
  const newAttemptId = () => newConnectorId(now(), randomUUID());
  const connectionAttemptTable = new ConnectionAttemptTable(table('attempts'));
  const attempts = new ConnectionAttemptService(
    connectionAttemptTable,
    connectors,
    now,
    newAttemptId,
    events,
  );
  const accessCheck = new EntraAccessCheck(config);
  const secretRollover = new SecretRolloverService(connectors, connectorTable, vault, now);
  const connections = new ConnectionService(
    connectors,
    secretRollover,
    entra,
    accessCheck,
    now,
    events,
  );
  const leases = new LeaseTable(table('connectors'));
  const states = new ConnectionStateService(connectors, events, now);
  const accessTokens = new AccessTokenService(connectors, states, leases, vault, entra, now);

  const resourceManager = new ResourceManager({
    url: config.resourceManagerUrl,
    tokens: new CachedAccessTokens(accessTokens, now),
  });
  const factories = new ArmFactoryReader(resourceManager);
  /** What a page takes in memory while it is written is several times its JSON. */
  const pages = new ConcurrencyLimiter(4);
  const resources = new CatalogTable(table('resources'));
  const etagMaps = new EtagMapTable(table('syncState'));
  const catalog = new CatalogService(resources, etagMaps);
  const runTable = new RunHistoryTable(table('runs'));
  const runStates = new RunHistoryStateTable(table('syncState'));
  const runHistory = new RunHistoryService(runTable, runStates);
  const referrals = new ReferenceIndexTable(table('syncState'));
  const edges = new EdgeService(resources, referrals, etagMaps);
  const changeLog = new ChangeTable(table('changes'));
  const syncRunTable = new SyncRunTable(table('syncRuns'));
  const defaultSchedule: Schedule = {
    kind: 'interval',
    minutes: config.refreshIntervalInMinutes,
    paused: false,
  };
  const syncRuns = new SyncRunService(
    syncRunTable,
    connectors,
    now,
    randomBytes,
    defaultSchedule,
    events,
  );
  const steering = new SyncControlService(syncRuns, now);
  const tombstones = new TombstoneTable(table('resources'));
  const removals = new MassRemovalService(
    syncRuns,
    syncRunTable,
    changeLog,
    tombstones,
    events,
    now,
  );
  /** What goes when a connector goes, in this order. */
  const remains: readonly ConnectorDependent[] = [
    authorizations,
    leases,
    syncRuns,
    changeLog,
    runHistory,
    catalog,
  ];

  return {
    now,
    authenticate: authenticator({
      entraUrl: config.entraUrl,
      clientId: config.api.clientId,
      tenants: config.api.tenants,
      now,
    }),
    durableClient: durableClientOf,
    cursors: new Cursors(async () => (await cursorKey()).reveal(), config.publicUrl),
    idempotency: new Idempotency(new IdempotencyTable(table('idempotency')), now),
    rateLimiter: new RateLimiter(new RateLimitTable(table('counters')), now),
    publicUrl: config.publicUrl,
    returnUrls: config.oauth.returnUrls,
    connectors,
    connections,
    attempts,
    devices: new DeviceService(
      new ConnectionAttemptTable<DeviceSession>(table('attempts'), ['device_code']),
      vault,
      users,
      connectors,
      connections,
      attempts,
      now,
      newAttemptId,
      events,
    ),
    secretRotations: new SecretRotationService(
      connectors,
      secretRollover,
      vault,
      entra,
      accessCheck,
      now,
      events,
    ),
    connectionTests: new ConnectionTestService(
      connectors,
      states,
      accessTokens,
      accessCheck,
      factories,
      now,
    ),
    disconnects: new DisconnectService(connectors, vault, now, events),
    consents: new ConsentService(connectors, {
      entraUrl: config.entraUrl,
      clientId: config.oauth.clientId,
      redirectUri: `${config.publicUrl}/api/oauth/callback`,
    }),
    passwords: new PasswordSignInService(connectionAttemptTable, users, connections, now),
    accessTokens,
    keeping: new ConnectionMaintenanceService(connectors, states, accessTokens, accessCheck, now),
    reconciliation: new ReconciliationService(connectors, connectorTable, vault, now),
    deletion: new DeletionService(connectorTable, vault, remains),
    oauth: new OAuthService(
      authorizations,
      entra,
      connections,
      attempts,
      now,
      {
        entraUrl: config.entraUrl,
        responseMode: config.publicUrl.startsWith('https:') ? 'form_post' : 'query',
      },
      events,
    ),
    oauthSessions: new OAuthSessionService(
      authorizations,
      connectors,
      attempts,
      now,
      newAttemptId,
      Object.keys(config.oauth.returnUrls),
      events,
    ),
    factories,
    catalog,
    removed: new RemovedResourcesService(tombstones, resources, etagMaps, removals),
    edges,
    runHistory,
    runMirror: new RunMirrorService(
      new ArmRunReader(resourceManager),
      runTable,
      runStates,
      resources,
      config.runHistory,
      now,
    ),
    mirror: new MirrorService(factories, resources, referrals, etagMaps, changeLog, now, (work) =>
      pages.run(work),
    ),
    discovery: new DiscoveryService(factories, etagMaps, connectors, now),
    syncRuns,
    syncProgress: new ProgressService(syncRuns, syncRunTable, now),
    events,
    webhooks,
    deliveries,
    outboxRelay: new OutboxRelayService(events, webhooks, deliveries),
    orphanedSecrets: new OrphanedSecretService(webhookTable, vault, now),
    retention: new RetentionService(
      new RemovedResourcesRetentionService(
        connectors,
        syncRunTable,
        changeLog,
        tombstones,
        config.keptInDays,
        now,
      ),
      new RunHistoryRetentionService(
        connectors,
        runTable,
        runStates,
        config.runHistory.keptInDays,
        now,
      ),
      { events: eventTable, deliveries: deliveryTable },
      config.keptInDays.history,
      now,
    ),
    steering,
    removals,
    ops: new OpsService(syncRunTable, steering, connectors, now),
    syncReconciliation: new SyncReconciliationService(syncRunTable, syncRuns, now),
    changes: new ChangeService(syncRuns, changeLog),
    schedules: new ScheduleService(connectors, now, defaultSchedule, events),
    halts: new StopRequestService(syncRunTable, now),
    progressReporting: new ProgressReportingService(syncRunTable, randomUUID().slice(0, 8), now),
    checkHealth: createHealthCheck(
      {
        storage: () => connectorTable.get('health', 'nobody'),
        'key vault': () => vault.get(config.cursorKeySecretName),
      },
      {
        'app credential': async () =>
          appSecretHealth(await vault.listVersions(config.oauth.clientSecretName), now()),
      },
    ),
  };
}
