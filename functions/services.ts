/** The composition root: what every handler and step is given, built once per worker on first use. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HttpRequest, InvocationContext } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import { ConnectionAttemptTable } from './azure/tables/connection-attempt-table';
import { AuthorizationTable } from './azure/tables/authorization-table';
import { EntraAccessCheck } from './azure/entra/access-check';
import { CatalogTable } from './azure/tables/catalog-table';
import { SyncChangeTable } from './azure/tables/sync-change-table';
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
import { ConnectorService } from './connectors/connector-service';
import { DeletionService } from './connectors/deletion-service';
import { ConnectionMaintenanceService } from './credentials/connection-maintenance-service';
import { PasswordSignInService } from './credentials/password-sign-in-service';
import { DisconnectService } from './credentials/disconnect-service';
import type { ConnectorDependent } from './connectors/ports';
import { SecretRotationService } from './credentials/secret-rotation-service';
import { SecretRolloverService } from './credentials/secret-rollover-service';
import { ConnectionTestService } from './credentials/connection-test-service';
import { ConnectorReconciliationService } from './connectors/connector-reconciliation-service';
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
import { DeviceSessionService } from './oauth/device-session-service';
import type { DeviceSession } from './oauth/device-session';
import { OAuthService } from './oauth/oauth-service';
import { OAuthSessionService } from './oauth/oauth-session-service';
import { memoizeWithTtl } from './concurrency/ttl-cache';
import { newestFirstId, ulidEntropyBytes } from './storage/ulid';
import { retentionServices, type RetentionServices } from './retention/services';
import { runHistoryServices, type RunHistoryServices } from './run-history/services';
import { syncServices, type SyncServices } from './sync/services';
import type { Schedule } from './connectors/schedule';
import { ScheduleService } from './connectors/schedule-service';
import { OutboxRelayService } from './webhooks/outbox-relay-service';
import { DeliveryService } from './webhooks/delivery-service';
import { HttpsSender } from './webhooks/https-sender';
import { OrphanedSecretService } from './webhooks/orphaned-secret-service';
import { WebhookService } from './webhooks/webhook-service';
import type { AccessTokens } from './credentials/ports';

export interface Services extends RunHistoryServices, SyncServices, RetentionServices {
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
  readonly connectionAttempts: ConnectionAttemptService;
  readonly passwordSignIns: PasswordSignInService;
  readonly deviceSessions: DeviceSessionService;
  readonly secretRotations: SecretRotationService;
  readonly connectionTests: ConnectionTestService;
  readonly disconnects: DisconnectService;
  readonly consents: ConsentService;
  readonly accessTokens: AccessTokens;
  readonly connectionMaintenance: ConnectionMaintenanceService;
  readonly connectorReconciliation: ConnectorReconciliationService;
  readonly connectorDeletions: DeletionService;
  readonly oauth: OAuthService;
  readonly oauthSessions: OAuthSessionService;
  readonly factories: FactoryReader;
  readonly catalog: CatalogService;
  readonly removedResources: RemovedResourcesService;
  readonly edges: EdgeService;
  readonly mirror: MirrorService;
  readonly schedules: ScheduleService;
  readonly events: EventService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly outboxRelay: OutboxRelayService;
  readonly orphanedSecrets: OrphanedSecretService;
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
    () => newestFirstId(now(), randomBytes(ulidEntropyBytes)),
    config.webhookAllowedHosts,
  );
  const sender = new HttpsSender(config.webhookAllowedHosts);
  const deliveries = new DeliveryService(deliveryTable, webhooks, sender, now);

  const connectorTable = new ConnectorTable(table('connectors'), table('tenants'));
  const authorizations = new AuthorizationTable(table('connectionAttempts'));
  const connectors = new ConnectorService(
    connectorTable,
    now,
    () => newestFirstId(now(), randomBytes(ulidEntropyBytes)),
    events,
  );
  const newAttemptId = () => newestFirstId(now(), randomBytes(ulidEntropyBytes));
  const connectionAttemptTable = new ConnectionAttemptTable(table('connectionAttempts'));
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
  const runTable = new RunHistoryTable(table('runHistory'));
  const runStates = new RunHistoryStateTable(table('syncState'));
  const runHistory = runHistoryServices({
    runReader: new ArmRunReader(resourceManager),
    runHistoryStore: runTable,
    runHistoryStateStore: runStates,
    catalogStore: resources,
    runHistoryRules: config.runHistory,
    now,
  });
  const referrals = new ReferenceIndexTable(table('syncState'));
  const edges = new EdgeService(resources, referrals, etagMaps);
  const changeLog = new SyncChangeTable(table('syncChanges'));
  const syncRunTable = new SyncRunTable(table('syncRuns'));
  const defaultSchedule: Schedule = {
    kind: 'interval',
    minutes: config.refreshIntervalMinutes,
    paused: false,
  };
  const tombstones = new TombstoneTable(table('resources'));
  const sync = syncServices({
    syncRunStore: syncRunTable,
    changeLog,
    tombstoneStore: tombstones,
    etagMapStore: etagMaps,
    factoryReader: factories,
    connectors,
    events,
    defaultSchedule,
    worker: randomUUID().slice(0, 8),
    now,
    random: randomBytes,
  });
  const idempotency = new Idempotency(new IdempotencyTable(table('idempotency')), now);
  const rateLimiter = new RateLimiter(new RateLimitTable(table('rateLimits')), now);
  /** What goes when a connector goes, in this order. */
  const remains: readonly ConnectorDependent[] = [
    authorizations,
    leases,
    sync.syncDeletion,
    changeLog,
    runHistory.runHistory,
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
    idempotency,
    rateLimiter,
    publicUrl: config.publicUrl,
    returnUrls: config.oauth.returnUrls,
    connectors,
    connections,
    connectionAttempts: attempts,
    deviceSessions: new DeviceSessionService(
      new ConnectionAttemptTable<DeviceSession>(table('connectionAttempts'), ['device_code']),
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
    passwordSignIns: new PasswordSignInService(connectionAttemptTable, users, connections, now),
    accessTokens,
    connectionMaintenance: new ConnectionMaintenanceService(
      connectors,
      states,
      accessTokens,
      accessCheck,
      now,
    ),
    connectorReconciliation: new ConnectorReconciliationService(
      connectors,
      connectorTable,
      vault,
      now,
    ),
    connectorDeletions: new DeletionService(connectorTable, vault, () => remains),
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
    removedResources: new RemovedResourcesService(
      tombstones,
      resources,
      etagMaps,
      sync.massRemovals,
    ),
    edges,
    ...runHistory,
    ...sync,
    mirror: new MirrorService(factories, resources, referrals, etagMaps, changeLog, now, (work) =>
      pages.run(work),
    ),
    events,
    webhooks,
    deliveries,
    outboxRelay: new OutboxRelayService(events, webhooks, deliveries),
    orphanedSecrets: new OrphanedSecretService(webhookTable, vault, now),
    ...retentionServices({
      connectors,
      syncRunStore: syncRunTable,
      changeLog,
      tombstoneStore: tombstones,
      runHistoryStore: runTable,
      runHistoryStateStore: runStates,
      eventStore: eventTable,
      deliveryStore: deliveryTable,
      connectionAttempts: attempts,
      idempotency,
      rateLimiter,
      retentionDays: config.retentionDays,
      runHistoryRetentionDays: config.runHistory.retentionDays,
      now,
    }),
    schedules: new ScheduleService(connectors, now, defaultSchedule, events),
    checkHealth: createHealthCheck(
      {
        storage: () => connectorTable.get({ tenantId: 'health', connectorId: 'health' }),
        'key vault': () => vault.get(config.cursorKeySecretName),
      },
      {
        'app credential': async () =>
          appSecretHealth(await vault.listVersions(config.oauth.clientSecretName), now()),
      },
    ),
  };
}
