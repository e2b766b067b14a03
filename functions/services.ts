/** The composition root: what every handler and step is given, built once per worker on first use. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HttpRequest, InvocationContext } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import { AttemptTable } from './azure/tables/connection-attempt-table';
import { AuthorizationTable } from './azure/tables/authorization-table';
import { MicrosoftAzureAccess } from './azure/entra/access-check';
import { CatalogTable } from './azure/tables/catalog-table';
import { ChangeTable } from './azure/tables/sync-change-table';
import { ConnectorTable } from './azure/tables/connector-table';
import { CounterTable } from './azure/tables/rate-limit-table';
import { KeyVaultCredentialVault } from './azure/key-vault/secret-store';
import { DeliveryTable } from './azure/tables/delivery-table';
import { EventTable } from './azure/tables/event-table';
import { ArmFactoryReader } from './azure/resource-manager/factory-reader';
import { ArmRunReader } from './azure/resource-manager/run-reader';
import { RunStateTable } from './azure/tables/run-history-state-table';
import { ReferralTable } from './azure/tables/reference-index-table';
import { RunTable } from './azure/tables/run-history-table';
import { Limiter } from './concurrency/concurrency-limiter';
import { LeaseTable } from './azure/tables/lease-table';
import { IdempotencyTable } from './azure/tables/idempotency-table';
import { OutboxTable } from './azure/tables/outbox-table';
import { ResourceManager } from './azure/resource-manager/resource-manager';
import { SyncRunTable } from './azure/tables/sync-run-table';
import { SyncStateTable } from './azure/tables/etag-map-table';
import type { TableName } from './azure/tables/table-names';
import { openTable } from './azure/table-storage/table-client';
import { EntraTokenEndpoint } from './azure/entra/token-endpoint';
import { TombstoneTable } from './azure/tables/tombstone-table';
import { EntraUserSignIn } from './azure/entra/user-sign-in';
import { WebhookTable } from './azure/tables/webhook-table';
import { CatalogService } from './catalog/catalog-service';
import { EdgeService } from './catalog/edge-service';
import { MirrorService } from './catalog/mirror-service';
import type { FactoryReader } from './catalog/ports';
import { RemovedService } from './catalog/removed-resources-service';
import type { Config } from './config';
import { AccessTokenService } from './credentials/access-token-service';
import { AttemptService } from './credentials/connection-attempt-service';
import { appCredentialHealth } from './credentials/app-secret-health';
import { ConnectionService } from './credentials/connection-service';
import { RecentTokenService } from './credentials/cached-access-tokens';
import { ConnectionStateService } from './credentials/connection-state-service';
import { ConnectorService, newConnectorId } from './connectors/connector-service';
import { DeletionService } from './connectors/deletion-service';
import { KeepingService } from './credentials/connection-maintenance-service';
import { PasswordService } from './credentials/password-sign-in-service';
import { DisconnectService } from './credentials/disconnect-service';
import type { AccessTokens, ConnectorRemains } from './connectors/ports';
import { RotationService } from './credentials/secret-rotation-service';
import { SecretSwitchService } from './credentials/secret-rollover-service';
import { TrialService } from './credentials/connection-test-service';
import { ReconciliationService } from './connectors/connector-reconciliation-service';
import { orchestrationsOf, type Orchestrations } from './durable/durable-client';
import { EventService } from './events/event-service';
import { healthOf, type HealthCheck } from './http/health';
import { authenticator } from './http/authenticate';
import type { Caller } from './http/caller';
import { Idempotency } from './http/idempotency';
import { Cursors } from './http/paging';
import { RateLimiter } from './http/rate-limit';
import { ConsentService } from './oauth/consent-service';
import { DeviceService } from './oauth/device-service';
import type { DeviceSession } from './oauth/device-session';
import { OAuthService } from './oauth/oauth-service';
import { SessionService } from './oauth/oauth-session-service';
import { remembered } from './concurrency/memoize-with-ttl';
import { RetentionService } from './retention/retention-service';
import { RunHistoryService } from './run-history/run-history-service';
import { RunMirrorService } from './run-history/run-mirror-service';
import { RunRetentionService } from './retention/run-history-retention-service';
import { ChangeService } from './sync/change-service';
import { DiscoveryService } from './sync/discovery-service';
import { HaltService } from './sync/stop-request-service';
import { MeterService } from './sync/progress/progress-reporting-service';
import { OpsService } from './sync/ops-service';
import { ProgressService } from './sync/progress/progress-service';
import { PurgeService } from './retention/removed-resources-retention-service';
import { RemovalService } from './sync/mass-removal-service';
import { RunReconciliationService } from './sync/sync-reconciliation-service';
import type { Schedule } from './connectors/schedule';
import { ScheduleService } from './connectors/schedule-service';
import { SteeringService } from './sync/sync-control-service';
import { SyncRunService } from './sync/sync-run-service';
import { AnnouncementService } from './webhooks/outbox-relay-service';
import { DeliveryService } from './webhooks/delivery-service';
import { HttpsSender } from './webhooks/https-sender';
import { WebhookOrphanService } from './webhooks/orphaned-secret-service';
import { WebhookService } from './webhooks/webhook-service';

export interface Services {
  readonly now: () => Date;
  readonly authenticate: (request: HttpRequest) => Promise<Caller>;
  readonly orchestrations: (context: InvocationContext) => Orchestrations;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly rateLimiter: RateLimiter;
  /** Where browsers reach us, and where a sign-in may send them on to. */
  readonly publicUrl: string;
  readonly returnUrls: Readonly<Record<string, string>>;
  readonly connectors: ConnectorService;
  readonly connections: ConnectionService;
  readonly attempts: AttemptService;
  readonly passwords: PasswordService;
  readonly devices: DeviceService;
  readonly rotations: RotationService;
  readonly trials: TrialService;
  readonly disconnects: DisconnectService;
  readonly consents: ConsentService;
  readonly accessTokens: AccessTokens;
  readonly keeping: KeepingService;
  readonly reconciliation: ReconciliationService;
  readonly deletion: DeletionService;
  readonly oauth: OAuthService;
  readonly oauthSessions: SessionService;
  readonly factories: FactoryReader;
  readonly catalog: CatalogService;
  readonly removed: RemovedService;
  readonly edges: EdgeService;
  readonly runHistory: RunHistoryService;
  readonly runMirror: RunMirrorService;
  readonly mirror: MirrorService;
  readonly discovery: DiscoveryService;
  readonly syncRuns: SyncRunService;
  readonly syncProgress: ProgressService;
  readonly meters: MeterService;
  readonly steering: SteeringService;
  readonly halts: HaltService;
  readonly removals: RemovalService;
  readonly runReconciliation: RunReconciliationService;
  readonly ops: OpsService;
  readonly schedules: ScheduleService;
  readonly changes: ChangeService;
  readonly events: EventService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly announcements: AnnouncementService;
  readonly webhookOrphans: WebhookOrphanService;
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

  const vault = new KeyVaultCredentialVault(config.keyVaultUrl, identity);
  const secret = (name: string) => remembered(() => vault.get(name), now);
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
  const attemptTable = new AttemptTable(table('attempts'));
  const attempts = new AttemptService(attemptTable, connectors, now, newAttemptId, events);
  const azureAccess = new MicrosoftAzureAccess(config);
  const secretSwitch = new SecretSwitchService(connectors, connectorTable, vault, now);
  const connections = new ConnectionService(
    connectors,
    secretSwitch,
    entra,
    azureAccess,
    now,
    events,
  );
  const leases = new LeaseTable(table('connectors'));
  const states = new ConnectionStateService(connectors, events, now);
  const accessTokens = new AccessTokenService(connectors, states, leases, vault, entra, now);

  const resourceManager = new ResourceManager({
    url: config.resourceManagerUrl,
    tokens: new RecentTokenService(accessTokens, now),
  });
  const factories = new ArmFactoryReader(resourceManager);
  /** What a page takes in memory while it is written is several times its JSON. */
  const pages = new Limiter(4);
  const resources = new CatalogTable(table('resources'));
  const etagMaps = new SyncStateTable(table('syncState'));
  const catalog = new CatalogService(resources, etagMaps);
  const runTable = new RunTable(table('runs'));
  const runStates = new RunStateTable(table('syncState'));
  const runHistory = new RunHistoryService(runTable, runStates);
  const referrals = new ReferralTable(table('syncState'));
  const edges = new EdgeService(resources, referrals, etagMaps);
  const changeLog = new ChangeTable(table('changes'));
  const syncRunTable = new SyncRunTable(table('syncRuns'));
  const usualSchedule: Schedule = {
    kind: 'interval',
    minutes: config.refreshIntervalInMinutes,
    paused: false,
  };
  const syncRuns = new SyncRunService(
    syncRunTable,
    connectors,
    now,
    randomBytes,
    usualSchedule,
    events,
  );
  const steering = new SteeringService(syncRuns, now);
  const tombstones = new TombstoneTable(table('resources'));
  const removals = new RemovalService(syncRuns, syncRunTable, changeLog, tombstones, events, now);
  /** What goes when a connector goes, in this order. */
  const remains: readonly ConnectorRemains[] = [
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
    orchestrations: orchestrationsOf,
    cursors: new Cursors(async () => (await cursorKey()).reveal(), config.publicUrl),
    idempotency: new Idempotency(new IdempotencyTable(table('idempotency')), now),
    rateLimiter: new RateLimiter(new CounterTable(table('counters')), now),
    publicUrl: config.publicUrl,
    returnUrls: config.oauth.returnUrls,
    connectors,
    connections,
    attempts,
    devices: new DeviceService(
      new AttemptTable<DeviceSession>(table('attempts'), ['device_code']),
      vault,
      users,
      connectors,
      connections,
      attempts,
      now,
      newAttemptId,
      events,
    ),
    rotations: new RotationService(
      connectors,
      secretSwitch,
      vault,
      entra,
      azureAccess,
      now,
      events,
    ),
    trials: new TrialService(connectors, states, accessTokens, azureAccess, factories, now),
    disconnects: new DisconnectService(connectors, vault, now, events),
    consents: new ConsentService(connectors, {
      entraUrl: config.entraUrl,
      clientId: config.oauth.clientId,
      redirectUri: `${config.publicUrl}/api/oauth/callback`,
    }),
    passwords: new PasswordService(attemptTable, users, connections, now),
    accessTokens,
    keeping: new KeepingService(connectors, states, accessTokens, azureAccess, now),
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
    oauthSessions: new SessionService(
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
    removed: new RemovedService(tombstones, resources, etagMaps, removals),
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
    announcements: new AnnouncementService(events, webhooks, deliveries),
    webhookOrphans: new WebhookOrphanService(webhookTable, vault, now),
    retention: new RetentionService(
      new PurgeService(connectors, syncRunTable, changeLog, tombstones, config.keptInDays, now),
      new RunRetentionService(connectors, runTable, runStates, config.runHistory.keptInDays, now),
      { events: eventTable, deliveries: deliveryTable },
      config.keptInDays.history,
      now,
    ),
    steering,
    removals,
    ops: new OpsService(syncRunTable, steering, connectors, now),
    runReconciliation: new RunReconciliationService(syncRunTable, syncRuns, now),
    changes: new ChangeService(syncRuns, changeLog),
    schedules: new ScheduleService(connectors, now, usualSchedule, events),
    halts: new HaltService(syncRunTable, now),
    meters: new MeterService(syncRunTable, randomUUID().slice(0, 8), now),
    checkHealth: healthOf(
      {
        storage: () => connectorTable.get('health', 'nobody'),
        'key vault': () => vault.get(config.cursorKeySecretName),
      },
      {
        'app credential': async () =>
          appCredentialHealth(await vault.versions(config.oauth.clientSecretName), now()),
      },
    ),
  };
}

export type Lazy<T> = () => T;

/** Makes the value on first use and keeps it; a failure is not kept, so the next call tries again. */
export function lazy<T>(make: () => T): Lazy<T> {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
