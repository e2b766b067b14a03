/** The rooms of connectors and sign-ins with nothing outside of them. A test overrides only what it is about. */
import { randomBytes } from 'node:crypto';
import { AccessTokenService } from '../../functions/credentials/access-token-service';
import { ConnectionAttemptService } from '../../functions/credentials/connection-attempt-service';
import { ConnectionService } from '../../functions/credentials/connection-service';
import { ConnectionStateService } from '../../functions/credentials/connection-state-service';
import type { Connector } from '../../functions/connectors/connector';
import { ConnectorService } from '../../functions/connectors/connector-service';
import { DeletionService } from '../../functions/connectors/deletion-service';
import { ConnectionMaintenanceService } from '../../functions/credentials/connection-maintenance-service';
import type { AccessCheck } from '../../functions/credentials/ports';
import { ConnectorReconciliationService } from '../../functions/connectors/connector-reconciliation-service';
import { EventService } from '../../functions/events/event-service';
import { Idempotency } from '../../functions/http/idempotency';
import { Cursors } from '../../functions/http/paging';
import { RateLimiter } from '../../functions/http/rate-limit';
import { DisconnectService } from '../../functions/credentials/disconnect-service';
import { PasswordSignInService } from '../../functions/credentials/password-sign-in-service';
import { SecretRotationService } from '../../functions/credentials/secret-rotation-service';
import { SecretRolloverService } from '../../functions/credentials/secret-rollover-service';
import { ConnectionTestService } from '../../functions/credentials/connection-test-service';
import { ConsentService } from '../../functions/oauth/consent-service';
import { DeviceSessionService } from '../../functions/oauth/device-session-service';
import { OAuthService } from '../../functions/oauth/oauth-service';
import { OAuthSessionService } from '../../functions/oauth/oauth-session-service';
import type { Services } from '../../functions/services';
import { newestFirstId } from '../../functions/storage/ulid';
import { OutboxRelayService } from '../../functions/webhooks/outbox-relay-service';
import { DeliveryService } from '../../functions/webhooks/delivery-service';
import { OrphanedSecretService } from '../../functions/webhooks/orphaned-secret-service';
import { WebhookService } from '../../functions/webhooks/webhook-service';
import { fakeConnectionAttemptStore } from '../fakes/connection-attempt-store';
import { fakeConnectorStore } from '../fakes/connector-store';
import { fakeRateLimitStore } from '../fakes/rate-limit-store';
import { fakeSecretStore } from '../fakes/secret-store';
import { fakeAccessCheck, fakeEntra, ourApp } from '../fakes/entra';
import { fakeEventStore, fakeOutbox } from '../fakes/event-store';
import { fakeIdempotencyStore } from '../fakes/idempotency-store';
import { fakeLeaseStore } from '../fakes/lease-store';
import { fakeDurableClient } from '../fakes/durable-client';
import { fakeDeliveryStore, fakeSender, fakeWebhookStore } from '../fakes/webhook-store';
import { owner, now as aMoment } from './builders';

export interface TestContextOptions {
  readonly connectors?: readonly Connector[];
  readonly azure?: Partial<AccessCheck>;
  readonly publicUrl?: string;
}

/** The fakes, to look at and to steer, and the services built on them. */
export function testContext({
  connectors: given = [],
  azure,
  publicUrl = 'http://localhost:7071',
}: TestContextOptions = {}) {
  let time = aMoment.getTime();
  let ids = 0;
  const now = () => new Date(time);
  const newId = () => `id-${String(++ids).padStart(4, '0')}`;
  const store = fakeConnectorStore(...given);
  const connectionAttemptStore = fakeConnectionAttemptStore();
  const vault = fakeSecretStore(now);
  const entra = fakeEntra(now);
  const durableClient = fakeDurableClient();
  const returnUrls = { app: 'https://app.example/connectors?tab=1' };

  const eventStore = fakeEventStore();
  const outbox = fakeOutbox();
  const sender = fakeSender();
  let told = 0;
  const events = new EventService(eventStore, outbox, now, () => Uint8Array.of(++told));
  const webhookStore = fakeWebhookStore();
  const deliveryStore = fakeDeliveryStore();
  const webhooks = new WebhookService(webhookStore, deliveryStore, vault, events, now, newId, [
    'allowed.local:8443',
  ]);
  const deliveries = new DeliveryService(deliveryStore, webhooks, sender, now);

  const connectors = new ConnectorService(store, now, newId, events);
  const newAttemptId = () => newestFirstId(now(), randomBytes(10));
  const attempts = new ConnectionAttemptService(
    connectionAttemptStore,
    connectors,
    now,
    newAttemptId,
    events,
  );
  const accessCheck = fakeAccessCheck(azure);
  const secretRollover = new SecretRolloverService(connectors, store, vault, now);
  const connections = new ConnectionService(
    connectors,
    secretRollover,
    entra,
    accessCheck,
    now,
    events,
  );
  const leases = fakeLeaseStore();
  const states = new ConnectionStateService(connectors, events, now);
  const accessTokens = new AccessTokenService(connectors, states, leases, vault, entra, now);
  const services = {
    now,
    authenticate: async () => owner,
    durableClient: () => durableClient,
    cursors: new Cursors(async () => 'cursor-key', publicUrl),
    idempotency: new Idempotency(fakeIdempotencyStore(), now),
    rateLimiter: new RateLimiter(fakeRateLimitStore(), now),
    publicUrl,
    returnUrls,
    connectors,
    connections,
    connectionAttempts: attempts,
    deviceSessions: new DeviceSessionService(
      connectionAttemptStore,
      vault,
      entra,
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
      { discover: async () => [] },
      now,
    ),
    disconnects: new DisconnectService(connectors, vault, now, events),
    consents: new ConsentService(connectors, {
      entraUrl: 'https://login.example',
      clientId: ourApp,
      redirectUri: `${publicUrl}/api/oauth/callback`,
    }),
    passwordSignIns: new PasswordSignInService(connectionAttemptStore, entra, connections, now),
    accessTokens,
    connectionMaintenance: new ConnectionMaintenanceService(connectors, states, accessTokens, accessCheck, now),
    connectorReconciliation: new ConnectorReconciliationService(connectors, store, vault, now),
    connectorDeletions: new DeletionService(store, vault, () => [connectionAttemptStore]),
    oauth: new OAuthService(
      connectionAttemptStore,
      entra,
      connections,
      attempts,
      now,
      {
        entraUrl: 'https://login.example',
        responseMode: publicUrl.startsWith('https:') ? 'form_post' : 'query',
      },
      events,
    ),
    oauthSessions: new OAuthSessionService(
      connectionAttemptStore,
      connectors,
      attempts,
      now,
      newAttemptId,
      ['app'],
      events,
    ),
    events,
    webhooks,
    deliveries,
    outboxRelay: new OutboxRelayService(events, webhooks, deliveries),
    orphanedSecrets: new OrphanedSecretService(webhookStore, vault, now),
    checkHealth: async () => [{ name: 'configuration', ok: true }],
  } satisfies Partial<Services>;

  return {
    services: services as typeof services & Services,
    store,
    connectionAttemptStore,
    vault,
    entra,
    leases,
    durableClient,
    /** What was recorded, what is still to be announced, what was sent. */
    eventStore,
    outbox,
    deliveryStore,
    sender,
    /** Lets time pass. */
    wait: (seconds: number) => void (time += seconds * 1_000),
  };
}

export const testServices = (overrides: Partial<Services> = {}): Services => ({
  ...testContext().services,
  ...overrides,
});
