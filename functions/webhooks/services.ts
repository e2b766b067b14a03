/** Composition of this module: webhooks, their deliveries and the relay of the outbox. */
import type { EventServices } from '../events/services';
import type { RateLimiter } from '../http/rate-limit';
import type { OrphanedSecretRemoval } from '../secrets/orphaned-secret-removal';
import type { SecretStore } from '../secrets/ports';
import { AddressConfirmationService } from './address-confirmation-service';
import { DeliveryAttemptService } from './delivery-attempt-service';
import { DeliveryService } from './delivery-service';
import { LostDeliveryService } from './lost-delivery-service';
import { OrphanedSecretService } from './orphaned-secret-service';
import { OutboxRelayService } from './outbox-relay-service';
import { PingService } from './ping-service';
import type { DeliveryStore, EventListener, RequestLimit, Sender, WebhookStore } from './ports';
import { WebhookSecretRotationService } from './secret-rotation-service';
import { WebhookSecrets } from './webhook-secrets';
import { WebhookService } from './webhook-service';

export interface WebhookServices {
  readonly webhooks: WebhookService;
  readonly webhookSecretRotation: WebhookSecretRotationService;
  readonly pings: PingService;
  readonly deliveries: DeliveryService;
  readonly outboxRelay: OutboxRelayService;
  readonly lostDeliveries: LostDeliveryService;
  readonly orphanedSecrets: OrphanedSecretService;
}

export interface WebhookPorts extends EventServices {
  readonly webhookStore: WebhookStore;
  readonly deliveryStore: DeliveryStore;
  readonly secretStore: SecretStore;
  readonly orphanRemoval: OrphanedSecretRemoval;
  readonly sender: Sender;
  readonly rateLimiter: RateLimiter;
  /** Its host name is the origin that receivers allow. */
  readonly publicUrl: string;
  /** Hosts that may have a private address, for the local stack and for tests. */
  readonly webhookAllowedHosts: readonly string[];
  /** What else learns of events. Called when an event is relayed. */
  readonly eventListeners?: () => readonly EventListener[];
  readonly now: () => Date;
  readonly newId: () => string;
}

export function webhookServices(ports: WebhookPorts): WebhookServices {
  const { webhookStore, deliveryStore, secretStore, sender, rateLimiter, events, now } = ports;
  const origin = new URL(ports.publicUrl).hostname;
  const requestLimit: RequestLimit = {
    consume: (tenantId) => rateLimiter.consumeOrThrow('webhookRequests', tenantId, 'tenant'),
  };
  const secrets = new WebhookSecrets(secretStore, now);
  const addresses = new AddressConfirmationService(
    sender,
    secrets,
    requestLimit,
    now,
    origin,
    ports.webhookAllowedHosts,
  );
  const webhooks = new WebhookService(
    webhookStore,
    deliveryStore,
    secrets,
    addresses,
    now,
    ports.newId,
    events,
  );
  const attempts = new DeliveryAttemptService(secrets, sender, now, origin);
  const deliveries = new DeliveryService(deliveryStore, webhooks, attempts, events, now);
  return {
    webhooks,
    webhookSecretRotation: new WebhookSecretRotationService(webhooks, requestLimit, now),
    pings: new PingService(
      webhooks,
      attempts,
      deliveryStore,
      events,
      requestLimit,
      now,
      ports.newId,
    ),
    deliveries,
    outboxRelay: new OutboxRelayService(events, webhooks, deliveries, ports.eventListeners),
    lostDeliveries: new LostDeliveryService(webhookStore, deliveryStore, now),
    orphanedSecrets: new OrphanedSecretService(webhookStore, ports.orphanRemoval, now),
  };
}
