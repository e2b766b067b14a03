/** Composition of this module: webhooks, their deliveries and the relay of the outbox. */
import type { EventServices } from '../events/services';
import type { SecretStore } from '../secrets/ports';
import { DeliveryService } from './delivery-service';
import { OrphanedSecretService } from './orphaned-secret-service';
import { OutboxRelayService } from './outbox-relay-service';
import type { DeliveryStore, Sender, WebhookStore } from './ports';
import { WebhookService } from './webhook-service';

export interface WebhookServices {
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly outboxRelay: OutboxRelayService;
  readonly orphanedSecrets: OrphanedSecretService;
}

export interface WebhookPorts extends EventServices {
  readonly webhookStore: WebhookStore;
  readonly deliveryStore: DeliveryStore;
  readonly secretStore: SecretStore;
  readonly sender: Sender;
  /** Hosts that may have a private address, for the local stack and for tests. */
  readonly webhookAllowedHosts: readonly string[];
  readonly now: () => Date;
  readonly newId: () => string;
}

export function webhookServices(ports: WebhookPorts): WebhookServices {
  const { webhookStore, deliveryStore, secretStore, sender, events, now } = ports;
  const webhooks = new WebhookService(
    webhookStore,
    deliveryStore,
    secretStore,
    now,
    ports.newId,
    ports.webhookAllowedHosts,
    events,
  );
  const deliveries = new DeliveryService(deliveryStore, webhooks, sender, now);
  return {
    webhooks,
    deliveries,
    outboxRelay: new OutboxRelayService(events, webhooks, deliveries),
    orphanedSecrets: new OrphanedSecretService(webhookStore, secretStore, now),
  };
}
