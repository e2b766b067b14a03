/** Webhooks with real adapters; the receiver verifies deliveries with the signing secret alone. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { EventTable } from '../../../functions/azure/tables/event-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import { eventServices } from '../../../functions/events/services';
import type { DeliveryTarget } from '../../../functions/webhooks/delivery';
import { HttpsSender } from '../../../functions/webhooks/https-sender';
import { webhookServices } from '../../../functions/webhooks/services';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { fakeDurableClient } from '../../fakes/durable-client';
import { owner } from '../../support/builders';
import { startReceiver, type Receiver } from '../../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';
import { useStorage } from '../../support/storage';

const { tenantId, identityObjectId } = sample.home;
const storage = useStorage();
let emulators: TestEmulatorContext;
let keyVault: KeyVault;
let receiver: Receiver;
beforeAll(async () => {
  emulators = await testEmulatorContext();
  receiver = await startReceiver(emulators.certificates);
  keyVault = await startKeyVault(emulators, {
    verify: async (authorization, [audience]) =>
      authorization === 'Bearer a-token'
        ? { tid: tenantId, oid: identityObjectId, aud: audience! }
        : undefined,
    entraUrl: 'https://login.example',
    tenantId,
  });
}, 30_000);
afterAll(async () => {
  await receiver.stop();
  await keyVault.stop();
  await emulators.remove();
});

const identity = {
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

describe('webhookServices', () => {
  it('deliver a signed event once, and delete all data with the webhook', async () => {
    const now = () => new Date();
    const webhookAllowedHosts = [`localhost:${receiver.port}`];
    const secretStore = new KeyVaultSecretStore(keyVault.url, identity);
    const deliveryStore = new DeliveryTable(await storage.newTable());
    const { events } = eventServices({
      eventStore: new EventTable(await storage.newTable()),
      outbox: new OutboxTable(await storage.newTable()),
      now,
      randomBytes,
    });
    const { webhooks, deliveries, outboxRelay } = webhookServices({
      webhookStore: new WebhookTable(await storage.newTable()),
      deliveryStore,
      secretStore,
      sender: new HttpsSender(webhookAllowedHosts),
      events,
      webhookAllowedHosts,
      now,
      newId: randomUUID,
    });
    const durableClient = fakeDurableClient();
    const relay = () =>
      outboxRelay.relayAll(durableClient, (error) => {
        throw error;
      });

    const url = `https://localhost:${receiver.port}/in`;
    const { webhook, secret } = await webhooks.create(owner, { url, events: ['sync.failed'] });
    await events.record({
      tenantId: owner.tenantId,
      connectorId: 'c1',
      type: 'sync.failed',
      actor: 'system',
      outcome: 'failed',
      data: { syncRunId: 'run-1', code: 'grant_revoked' },
    });
    await relay();
    await relay();
    const targets = durableClient.started.map(({ input }) => input as DeliveryTarget);
    const outcome = await deliveries.attempt({ ...targets[0]!, attempt: 1 });

    expect(targets).toHaveLength(1);
    expect(outcome).toEqual({});
    const { headers, body } = receiver.requests[0]!;
    const received = new Webhook(secret.reveal()).verify(body, headers as Record<string, string>);
    expect(received).toMatchObject({ type: 'sync.failed', data: { syncRunId: 'run-1' } });

    await webhooks.delete(owner, webhook.id);

    const read = secretStore.get(webhook.secret.name);
    await expect(read).rejects.toMatchObject({ kind: 'not-found' });
    const key = { tenantId: owner.tenantId, webhookId: webhook.id };
    expect((await deliveryStore.list(key, { limit: 10 })).items).toEqual([]);
  });
});
