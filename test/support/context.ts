/** The rooms of connectors and sign-ins with nothing outside of them. A test overrides only what it is about. */
import { randomUUID } from 'node:crypto';
import { AccessTokenService } from '../../functions/credentials/access-token-service';
import { AttemptService } from '../../functions/credentials/connection-attempt-service';
import { ConnectionService } from '../../functions/credentials/connection-service';
import { ConnectionStateService } from '../../functions/credentials/connection-state-service';
import type { Connector } from '../../functions/connectors/connector';
import { ConnectorService, newConnectorId } from '../../functions/connectors/connector-service';
import { DeletionService } from '../../functions/connectors/deletion-service';
import { KeepingService } from '../../functions/credentials/connection-maintenance-service';
import type { AzureAccess } from '../../functions/connectors/ports';
import { ReconciliationService } from '../../functions/connectors/connector-reconciliation-service';
import { EventService } from '../../functions/events/event-service';
import { Idempotency } from '../../functions/http/idempotency';
import { Cursors } from '../../functions/http/paging';
import { RateLimiter } from '../../functions/http/rate-limit';
import { DisconnectService } from '../../functions/credentials/disconnect-service';
import { PasswordService } from '../../functions/credentials/password-sign-in-service';
import { RotationService } from '../../functions/credentials/secret-rotation-service';
import { SecretSwitchService } from '../../functions/credentials/secret-rollover-service';
import { TrialService } from '../../functions/credentials/connection-test-service';
import { ConsentService } from '../../functions/oauth/consent-service';
import { DeviceService } from '../../functions/oauth/device-service';
import { OAuthService } from '../../functions/oauth/oauth-service';
import { SessionService } from '../../functions/oauth/oauth-session-service';
import type { Services } from '../../functions/services';
import { AnnouncementService } from '../../functions/webhooks/outbox-relay-service';
import { DeliveryService } from '../../functions/webhooks/delivery-service';
import { WebhookOrphanService } from '../../functions/webhooks/orphaned-secret-service';
import { WebhookService } from '../../functions/webhooks/webhook-service';
import { fakeAttemptStore } from '../fakes/connection-attempt-store';
import { fakeConnectorStore } from '../fakes/connector-store';
import { fakeCounterStore } from '../fakes/rate-limit-store';
import { fakeCredentialVault } from '../fakes/secret-store';
import { fakeAzureAccess, fakeEntra, ourApp } from '../fakes/entra';
import { fakeEventStore, fakeOutbox } from '../fakes/event-store';
import { fakeIdempotencyStore } from '../fakes/idempotency-store';
import { fakeLeaseStore } from '../fakes/lease-store';
import { fakeOrchestrations } from '../fakes/durable-client';
import { fakeDeliveryStore, fakeSender, fakeWebhookStore } from '../fakes/webhook-store';
import { ada, now as aMoment } from './builders';

export interface TestWorld {
  readonly connectors?: readonly Connector[];
  readonly azure?: Partial<AzureAccess>;
  readonly publicUrl?: string;
}

/** The fakes, to look at and to steer, and the services built on them. */
export function testWorld({
  connectors: given = [],
  azure,
  publicUrl = 'http://localhost:7071',
}: TestWorld = {}) {
  let time = aMoment.getTime();
  let ids = 0;
  const now = () => new Date(time);
  const newId = () => `id-${String(++ids).padStart(4, '0')}`;
  const store = fakeConnectorStore(...given);
  const attemptStore = fakeAttemptStore();
  const vault = fakeCredentialVault(now);
  const entra = fakeEntra(now);
  const orchestrations = fakeOrchestrations();
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
  const newAttemptId = () => newConnectorId(now(), randomUUID());
  const attempts = new AttemptService(attemptStore, connectors, now, newAttemptId, events);
  const azureAccess = fakeAzureAccess(azure);
  const secretSwitch = new SecretSwitchService(connectors, store, vault, now);
  const connections = new ConnectionService(
    connectors,
    secretSwitch,
    entra,
    azureAccess,
    now,
    events,
  );
  const leases = fakeLeaseStore();
  const states = new ConnectionStateService(connectors, events, now);
  const accessTokens = new AccessTokenService(connectors, states, leases, vault, entra, now);
  const services = {
    now,
    authenticate: async () => ada,
    orchestrations: () => orchestrations,
    cursors: new Cursors(async () => 'cursor-key', publicUrl),
    idempotency: new Idempotency(fakeIdempotencyStore(), now),
    rateLimiter: new RateLimiter(fakeCounterStore(), now),
    publicUrl,
    returnUrls,
    connectors,
    connections,
    attempts,
    devices: new DeviceService(
      attemptStore,
      vault,
      entra,
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
    trials: new TrialService(
      connectors,
      states,
      accessTokens,
      azureAccess,
      { discover: async () => [] },
      now,
    ),
    disconnects: new DisconnectService(connectors, vault, now, events),
    consents: new ConsentService(connectors, {
      entraUrl: 'https://login.example',
      clientId: ourApp,
      redirectUri: `${publicUrl}/api/oauth/callback`,
    }),
    passwords: new PasswordService(attemptStore, entra, connections, now),
    accessTokens,
    keeping: new KeepingService(connectors, states, accessTokens, azureAccess, now),
    reconciliation: new ReconciliationService(connectors, store, vault, now),
    deletion: new DeletionService(store, vault, [attemptStore]),
    oauth: new OAuthService(
      attemptStore,
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
    oauthSessions: new SessionService(
      attemptStore,
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
    announcements: new AnnouncementService(events, webhooks, deliveries),
    webhookOrphans: new WebhookOrphanService(webhookStore, vault, now),
    checkHealth: async () => [{ name: 'configuration', ok: true }],
  } satisfies Partial<Services>;

  return {
    services: services as typeof services & Services,
    store,
    attemptStore,
    vault,
    entra,
    leases,
    orchestrations,
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
  ...testWorld().services,
  ...overrides,
});
