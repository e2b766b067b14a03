/** Connectors, sign-ins, events and webhooks on fakes, built by the factories that production uses. */
import type { TryKey } from '../../functions/credentials/accounts/password-tries';
import { randomBytes } from 'node:crypto';
import { LeaverCheck } from '../../functions/access/leavers/leaver-check';
import type { RoleAssignments } from '../../functions/access/ports';
import { accessServices } from '../../functions/access/services';
import type { tableStores } from '../../functions/azure/tables/stores';
import type { Connector } from '../../functions/connectors/connector';
import { agentServices } from '../../functions/agents/services';
import { auditServices } from '../../functions/audit/services';
import { connectorServices } from '../../functions/connectors/services';
import type { Hooks } from '../../functions/provisioning/directory/commit-service';
import type { AccessCheck } from '../../functions/credentials/ports';
import { accessTokenServices, credentialServices } from '../../functions/credentials/services';
import { eventServices } from '../../functions/events/services';
import type { CursorKey } from '../../functions/http/paging';
import { httpServices, type HttpServices } from '../../functions/http/services';
import { oauthServices } from '../../functions/oauth/services';
import { provisioningServices } from '../../functions/provisioning/services';
import { Secret } from '../../functions/secrets/secret';
import type { Services } from '../../functions/services';
import { newestFirstId, ulidEntropyBytes } from '../../functions/storage/ulid';
import type { EventListener } from '../../functions/webhooks/ports';
import { OrphanedSecretRemoval } from '../../functions/secrets/orphaned-secret-removal';
import { webhookServices } from '../../functions/webhooks/services';
import {
  fakeAssignmentStore,
  fakeClaimStore,
  fakeIntentStore,
  fakeLeaverStore,
  fakeRuleStore,
  fakeWorkLeaseStore,
} from '../fakes/access-stores';
import { fakeAuditStore, fakePendingRecordStore } from '../fakes/audit-stores';
import { fakeAllowedTenantsStore, fakePasswordTryStore } from '../fakes/account-stores';
import { fakeConnectionAttemptStore } from '../fakes/connection-attempt-store';
import { fakeConnectorStore } from '../fakes/connector-store';
import { fakeDurableClient } from '../fakes/durable-client';
import { fakeAccessCheck, fakeEntra, ourApp } from '../fakes/entra';
import { fakeEventStore, fakeOutbox } from '../fakes/event-store';
import { fakeIdempotencyStore } from '../fakes/idempotency-store';
import { fakeLeaseStore } from '../fakes/lease-store';
import { fakeDirectoryStore } from '../fakes/directory-store';
import { fakeProvisioningConnectionStore, fakeRequestLogStore } from '../fakes/provisioning-stores';
import { fakeRateLimitStore } from '../fakes/rate-limit-store';
import { fakePrincipalDirectory, fakeRoleAssignments } from '../fakes/role-assignments';
import { fakeSecretStore, type FakeSecretStore } from '../fakes/secret-store';
import { fakeWorkRequests } from '../fakes/work-requests';
import { fakeDeliveryStore, fakeSender, fakeWebhookStore } from '../fakes/webhook-store';
import { owner, now as aMoment } from './builders';

export interface TestContextOptions {
  readonly connectors?: readonly Connector[];
  readonly azure?: Partial<AccessCheck>;
  readonly publicUrl?: string;
  readonly maxConnectors?: number;
  readonly checkHealth?: HttpServices['checkHealth'];
  /** What follows changes of a directory. */
  readonly hooks?: Hooks;
  /** Those of another context, for two instances of the app. */
  readonly secretStore?: FakeSecretStore;
  readonly roleAssignments?: RoleAssignments;
  /** Default: a key that never changes. */
  readonly cursorKey?: CursorKey;
  readonly accountHashKey?: TryKey;
  /** Seconds after the start of the test. */
  readonly secretRemovalConfirmedFor?: number;
  /** Replace the fakes. Connectors are then created by the test. */
  readonly stores?: Partial<ReturnType<typeof tableStores>>;
}

/** The services, and the fakes that they are built on. Time passes only when a test calls `wait`. */
export function testContext({
  connectors: stored = [],
  azure,
  publicUrl = 'http://localhost:7071',
  maxConnectors = 1_000,
  checkHealth = async () => [{ name: 'configuration', ok: true }],
  hooks = {},
  cursorKey = { get: async () => 'cursor-key', accepts: async (passes) => passes('cursor-key') },
  accountHashKey = { get: async () => 'account-hash-key', recent: async () => [] },
  secretRemovalConfirmedFor = 0,
  stores,
  secretStore: givenSecretStore,
  roleAssignments = fakeRoleAssignments(),
}: TestContextOptions = {}) {
  let time = aMoment.getTime();
  let idCount = 0;
  let eventCount = 0;
  const now = () => new Date(time);
  const outbox = fakeOutbox();
  const connectorStore = fakeConnectorStore(outbox, ...stored);
  const connectionAttemptStore = fakeConnectionAttemptStore(outbox);
  const allowedTenantsStore = fakeAllowedTenantsStore(outbox);
  const passwordTryStore = fakePasswordTryStore();
  const secretStore = givenSecretStore ?? fakeSecretStore(now);
  const confirmedUntil = new Date(time + secretRemovalConfirmedFor * 1_000);
  const orphanRemoval = new OrphanedSecretRemoval(secretStore, confirmedUntil, now);
  const entra = fakeEntra(now);
  const leaseStore = fakeLeaseStore();
  const durableClient = fakeDurableClient();
  const workRequests = fakeWorkRequests();
  const eventStore = fakeEventStore();
  const idempotencyStore = fakeIdempotencyStore();
  const webhookStore = fakeWebhookStore(outbox);
  const deliveryStore = fakeDeliveryStore(outbox);
  const sender = fakeSender();
  const provisioningConnectionStore = fakeProvisioningConnectionStore(outbox);
  const directoryStore = fakeDirectoryStore();
  const requestLogStore = fakeRequestLogStore();
  const auditStore = fakeAuditStore();
  const pendingRecordStore = fakePendingRecordStore();

  const http = httpServices({
    now,
    authenticate: async () => owner,
    durableClient: () => durableClient,
    publicUrl,
    idempotencyStore,
    rateLimitStore: fakeRateLimitStore(),
    ...stores,
    cursorKey,
    checkHealth,
  });
  const audit = auditServices({
    auditStore,
    pendingRecordStore,
    provisioningConnectionStore,
    ...stores,
    secretStore: checkpointSecrets,
    checkpointSecretName: 'app-cursor-key',
    auditRetentionDays: 730,
    workRequests,
    now,
    randomBytes,
  });
  const { events } = eventServices({
    eventStore,
    outbox,
    ...audit,
    workRequests,
    now,
    randomBytes: () => Uint8Array.of(++eventCount),
    ...stores,
  });
  const shared = {
    now,
    events,
    secretStore,
    orphanRemoval,
    connectorStore,
    connectionAttemptStore,
    allowedTenantsStore,
    passwordTryStore,
    leaseStore,
    ...stores,
  };
  const readableId = () => `id-${String(++idCount).padStart(4, '0')}`;
  /** Attempts are listed newest first, which only real ids are. */
  const newAttemptId = () => newestFirstId(now(), randomBytes(ulidEntropyBytes));

  const connectors = connectorServices({
    ...shared,
    newId: readableId,
    defaultSchedule: { kind: 'interval', minutes: 60, paused: false },
    maxConnectors,
    dependents: () => [credentials.connectionAttempts],
  });
  const accessCheck = fakeAccessCheck(azure);
  const tokens = accessTokenServices({
    ...shared,
    ...connectors,
    tokenEndpoint: entra,
    accessCheck,
  });
  const credentials = credentialServices({
    ...shared,
    ...connectors,
    ...tokens,
    newId: newAttemptId,
    tokenEndpoint: entra,
    passwordSignIn: entra,
    accessCheck,
    ownApp: entra,
    tenantDirectory: entra,
    factoryReader: { discover: async () => [] },
    accountHashKey,
  });
  const leaverStore = fakeLeaverStore();
  const leaverCheck = new LeaverCheck({ leaverStore, now, onFailure: 'open' });
  const oauth = oauthServices({
    ...shared,
    ...connectors,
    ...credentials,
    newId: newAttemptId,
    authorizationStore: connectionAttemptStore,
    deviceSessionStore: connectionAttemptStore,
    ...stores,
    authorizationCodeFlow: entra,
    deviceFlow: entra,
    tenantDirectory: entra,
    assertPresent: (person) => leaverCheck.assertPresent(person),
    entraUrl: 'https://login.example',
    clientId: ourApp,
    publicUrl,
    returnUrls: { app: 'https://app.example/connectors?tab=1' },
  });
  const eventListeners: EventListener[] = [];
  const webhooks = webhookServices({
    eventListeners: () => eventListeners,
    ...shared,
    ...http,
    newId: readableId,
    webhookStore,
    deliveryStore,
    ...stores,
    sender,
    webhookAllowedHosts: ['allowed.local:8443'],
  });
  const provisioning = provisioningServices({
    ...shared,
    ...http,
    newId: readableId,
    provisioningConnectionStore,
    directoryStore,
    requestLogStore,
    ...stores,
    cursorKey,
    randomBytes,
    hooks: () => ({ audit: audit.auditTrail, ...hooks }),
  });
  const intentStore = fakeIntentStore();
  const access = accessServices({
    directory: () => provisioning.directoryReader,
    connections: stores?.provisioningConnectionStore ?? provisioningConnectionStore,
    ruleStore: fakeRuleStore((key, rows) => intentStore.attach(key, rows)),
    intentStore,
    workLeaseStore: fakeWorkLeaseStore(),
    assignmentStore: fakeAssignmentStore(),
    claimStore: fakeClaimStore(),
    leaverStore,
    workRequests,
    ...stores,
    ...audit,
    leaverCheck,
    roleAssignments,
    principalDirectory: fakePrincipalDirectory(),
    roleIds: { contributor: 'contributor', operator: 'operator', reader: 'reader' },
    breakerLimits: { count: 10, share: 0.2 },
    now,
    wait: async (ms) => void (time += ms),
  });
  const services = {
    ...http,
    events,
    ...connectors,
    ...tokens,
    ...credentials,
    ...oauth,
    ...webhooks,
    ...audit,
    ...provisioning,
    ...access,
    ...agentServices({ signInUrl: 'https://login.example', clientId: 'api', tenants: ['*'] }),
  } satisfies Partial<Services>;

  return {
    // Endpoints of catalog and sync are called through syncContext(), which has the rest.
    services: services as typeof services & Services,
    orphanRemoval,
    store: connectorStore,
    connectionAttemptStore,
    allowedTenantsStore,
    passwordTryStore,
    leaverStore,
    secretStore: secretStore,
    entra,
    leases: leaseStore,
    durableClient,
    workRequests,
    eventStore,
    outbox,
    deliveryStore,
    webhookStore,
    idempotencyStore,
    sender,
    /** A test may add some. */
    eventListeners,
    provisioningConnectionStore,
    directoryStore,
    auditStore,
    pendingRecordStore,
    wait: (seconds: number) => void (time += seconds * 1_000),
  };
}

/** Apart from the secrets of connectors, whose reads and versions tests count. */
const checkpointSecrets = fakeSecretStore();
void checkpointSecrets.put('app-cursor-key', new Secret('cursor-key'), { contentType: 'key' });

export const testServices = (overrides: Partial<Services> = {}): Services => ({
  ...testContext().services,
  ...overrides,
});
