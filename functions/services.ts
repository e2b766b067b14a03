/** Composition root: builds the adapters and hands them to the modules. No I/O happens here. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ManagedIdentityCredential } from '@azure/identity';
import { accessServices, type AccessServices } from './access/services';
import { agentServices, type AgentServices } from './agents/services';
import { auditServices, type AuditServices } from './audit/services';
import { accessAdapters } from './azure/access-adapters';
import { entraAdapters } from './azure/entra/entra-adapters';
import { RotatingKey } from './azure/key-vault/rotating-key';
import { KeyVaultSecretStore } from './azure/key-vault/secret-store';
import { ArmFactoryReader } from './azure/resource-manager/factory-reader';
import { ResourceManager } from './azure/resource-manager/resource-manager';
import { ArmRunReader } from './azure/resource-manager/run-reader';
import { StorageClock } from './azure/table-storage/storage-clock';
import { StorageMessageQueue } from './azure/queues/storage-message-queue';
import { openTable } from './azure/table-storage/table-client';
import { tableStores } from './azure/tables/stores';
import { catalogServices, type CatalogServices } from './catalog/services';
import type { Config } from './config';
import type { ConnectorDependent } from './connectors/ports';
import { connectorServices, type ConnectorServices } from './connectors/services';
import { OrphanedSecretRemoval } from './secrets/orphaned-secret-removal';
import { appSecretHealth, ownAppHealth } from './credentials/app-secret-health';
import {
  accessTokenServices,
  credentialServices,
  type AccessTokenServices,
  type CredentialServices,
} from './credentials/services';
import { queueNames } from './durable/due-work';
import { durableClientOf } from './durable/durable-client';
import { WorkRequestService } from './durable/work-request-service';
import { eventServices, type EventServices } from './events/services';
import { authenticator } from './http/authenticate';
import { createHealthCheck } from './http/health';
import { httpServices, type HttpServices } from './http/services';
import { lineageServices, type LineageServices } from './lineage/services';
import { oauthServices, redirectUriOf, type OAuthServices } from './oauth/services';
import { indexedDurableClient } from './ops/indexed-durable-client';
import { OrchestrationIndexService } from './ops/orchestration-index-service';
import { openLineageServices, type OpenLineageServices } from './openlineage/services';
import { opsServices, type OpsServices } from './ops/services';
import { provisioningServices, type ProvisioningServices } from './provisioning/services';
import { retentionServices, type RetentionServices } from './retention/services';
import { runHistoryServices, type RunHistoryServices } from './run-history/services';
import { LoggedPipelineChanges } from './sync/changes/pipeline-changes';
import { increasingTimes, newestFirstId, ulidEntropyBytes } from './storage/ulid';
import { searchServices, type SearchServices } from './search/services';
import { factorySyncServices, syncServices, type AllSyncServices } from './sync/services';
import { HttpsSender } from './webhooks/receivers/https-sender';
import { webhookServices, type WebhookServices } from './webhooks/services';

export type Services = HttpServices &
  AccessServices &
  AgentServices &
  EventServices &
  ConnectorServices &
  AccessTokenServices &
  CredentialServices &
  OAuthServices &
  WebhookServices &
  CatalogServices &
  LineageServices &
  OpenLineageServices &
  SearchServices &
  RunHistoryServices &
  AllSyncServices &
  AuditServices &
  ProvisioningServices &
  OpsServices &
  RetentionServices;

export function createServices(config: Config): Services {
  const { entraUrl, publicUrl, refreshIntervalMinutes: minutes } = config;
  const { clientId, clientSecretName, returnUrls } = config.oauth;
  const clock = new StorageClock();
  const now = () => clock.now();
  const idTime = increasingTimes(now);
  const newId = () => newestFirstId(idTime(), randomBytes(ulidEntropyBytes));
  const identity = new ManagedIdentityCredential(config.identity);
  const stores = tableStores((name) => openTable(config.storage, name, identity, clock));
  const queue = new StorageMessageQueue(config.queues, queueNames.work, identity);
  const workRequests = new WorkRequestService(queue, now);
  const secretStore = new KeyVaultSecretStore(config.keyVaultUrl, identity, config.storage);
  const orphanRemoval = new OrphanedSecretRemoval(secretStore, config.secretRemovalUntil, now);
  const cursorKey = new RotatingKey(secretStore, config.cursorKeySecretName, now);

  const { ownApp, tokenEndpoint, userSignIn, accessCheck, tenantDirectory, appTokens } =
    entraAdapters(config, {
      redirectUri: redirectUriOf(publicUrl),
      clientSecret: () => secretStore.get(clientSecretName),
      now,
    });
  const ofAccess = accessAdapters(config, { ...stores, tokens: appTokens, now });
  const orchestrationIndex = new OrchestrationIndexService(stores.orchestrationStore, now);
  const http = httpServices({
    ...stores,
    now,
    authenticate: authenticator({ entraUrl, ...config.api, ...ofAccess, now }),
    durableClient: (context) => indexedDurableClient(durableClientOf(context), orchestrationIndex),
    publicUrl,
    cursorKey,
    checkHealth: createHealthCheck(
      {
        storage: () => stores.connectorStore.get({ tenantId: 'health', connectorId: 'health' }),
        'key vault': () => secretStore.get(config.cursorKeySecretName),
      },
      {
        'app secret': async () =>
          appSecretHealth(await secretStore.listVersions(clientSecretName), now()),
        'app sign-in': async () => ownAppHealth(await ownApp.check()),
      },
    ),
  });
  const audit = auditServices({
    ...stores,
    secretStore,
    checkpointSecretName: config.cursorKeySecretName,
    auditRetentionDays: config.retentionDays.audit,
    workRequests,
    now,
    randomBytes,
  });
  const { events } = eventServices({ ...stores, ...audit, workRequests, now, randomBytes });
  const shared = { ...stores, now, newId, events, secretStore, orphanRemoval, workRequests };
  const defaultSchedule = { kind: 'interval', minutes, paused: false } as const;

  const connectors = connectorServices({
    ...shared,
    defaultSchedule,
    maxConnectors: config.maxConnectorsPerTenant,
    dependents: () => dependents,
  });
  const tokens = accessTokenServices({ ...shared, ...connectors, tokenEndpoint, accessCheck });
  const resourceManager = new ResourceManager({
    url: config.resourceManagerUrl,
    tokens: tokens.cachedAccessTokens,
  });
  const factoryReader = new ArmFactoryReader(resourceManager);
  const credentials = credentialServices({
    ...shared,
    ...connectors,
    ...tokens,
    tokenEndpoint,
    passwordSignIn: userSignIn,
    accessCheck,
    ownApp,
    tenantDirectory,
    factoryReader: factoryReader,
    accountHashKey: cursorKey,
  });
  const oauth = oauthServices({
    ...shared,
    ...connectors,
    ...credentials,
    authorizationCodeFlow: tokenEndpoint,
    deviceFlow: userSignIn,
    tenantDirectory,
    assertPresent: ofAccess.assertPresent,
    entraUrl,
    clientId,
    publicUrl,
    returnUrls,
  });
  const sending = {
    sender: new HttpsSender(config.webhookAllowedHosts),
    webhookAllowedHosts: config.webhookAllowedHosts,
    eventListeners: () => [openLineage.openLineagePushes],
  };
  const webhooks = webhookServices({ ...shared, ...http, ...sending });
  const sync = syncServices({
    ...shared,
    ...connectors,
    factoryReader,
    defaultSchedule,
    worker: randomUUID().slice(0, 8),
    randomBytes,
  });
  const catalog = catalogServices({
    ...shared,
    removalConfirmations: sync.massRemovals,
    factoryReader,
    versionKey: { get: () => cursorKey.get(), others: () => cursorKey.others() },
  });
  const lineage = lineageServices(shared);
  const search = searchServices({ ...shared, ...connectors });
  const runHistory = runHistoryServices({
    ...shared,
    runReader: new ArmRunReader(resourceManager),
    pipelineChanges: new LoggedPipelineChanges(stores),
    runHistoryRules: config.runHistory,
  });
  const ofOpenLineage = { ...shared, ...http, ...lineage, ...runHistory, ...sending };
  const openLineage: OpenLineageServices = openLineageServices(ofOpenLineage);
  const provisioning = provisioningServices({
    ...shared,
    ...http,
    cursorKey,
    randomBytes,
    hooks: () => ({ access: access.access, audit: audit.auditTrail }),
  });
  const access = accessServices({
    ...shared,
    ...audit,
    ...ofAccess,
    directory: () => provisioning.directoryReader,
    connections: stores.provisioningConnectionStore,
  });
  const ops = opsServices({
    ...shared,
    ...connectors,
    ...sync,
    ...provisioning,
    ...access,
    orchestrationIndex,
    defaultSchedule,
  });
  const retention = retentionServices({
    ...shared,
    ...http,
    ...connectors,
    ...credentials,
    ...catalog,
    ...audit,
    retentionDays: config.retentionDays,
    runHistoryRetentionDays: config.runHistory.retentionDays,
  });
  /** Deleted with a connector, in this order. */
  const dependents: readonly ConnectorDependent[] = [
    credentials.connectionAttempts,
    stores.leaseStore,
    sync.syncDeletion,
    stores.changeLog,
    openLineage.openLineageTargets,
    runHistory.runHistory,
    catalog.catalog,
  ];

  return {
    ...http,
    events,
    ...connectors,
    ...tokens,
    ...credentials,
    ...oauth,
    ...webhooks,
    ...catalog,
    ...lineage,
    ...search,
    ...runHistory,
    ...openLineage,
    ...factorySyncServices({ ...stores, ...lineage, ...search, sync, catalog, runHistory, now }),
    ...audit,
    ...provisioning,
    ...access,
    ...agentServices({ signInUrl: config.entraSignInUrl, ...config.api }),
    ...ops,
    ...retention,
  };
}
