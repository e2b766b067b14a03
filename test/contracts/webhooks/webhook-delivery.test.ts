/** Webhooks with real adapters; the receiver verifies deliveries with the signing secret alone. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { EventTable } from '../../../functions/azure/tables/event-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import { RateLimitTable } from '../../../functions/azure/tables/rate-limit-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import { eventServices } from '../../../functions/events/services';
import { RateLimiter } from '../../../functions/http/rate-limit';
import type { DeliveryTarget } from '../../../functions/webhooks/delivery';
import { HttpsSender } from '../../../functions/webhooks/receivers/https-sender';
import { OrphanedSecretRemoval } from '../../../functions/secrets/orphaned-secret-removal';
import { webhookServices } from '../../../functions/webhooks/services';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { fakeDurableClient } from '../../fakes/durable-client';
import { fakeWorkRequests } from '../../fakes/work-requests';
import { owner } from '../../support/builders';
import { startReceiver, type ReceivedRequest, type Receiver } from '../../support/receiver';
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
});
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
    const deliveryStore = new DeliveryTable(await storage.newTable(), await storage.newTable());
    const outboxTable = await storage.newTable();
    const webhookTable = await storage.newTable();
    const { events } = eventServices({
      eventStore: new EventTable(await storage.newTable()),
      outbox: new OutboxTable(outboxTable, [webhookTable]),
      now,
      randomBytes,
      auditTrail: { putEvent: async () => {} },
      workRequests: fakeWorkRequests(),
    });
    const { webhooks, deliveries, outboxRelay } = webhookServices({
      webhookStore: new WebhookTable(webhookTable, outboxTable),
      deliveryStore,
      secretStore,
      orphanRemoval: new OrphanedSecretRemoval(secretStore, undefined, now),
      sender: new HttpsSender(webhookAllowedHosts),
      events,
      rateLimiter: new RateLimiter(new RateLimitTable(await storage.newTable()), now),
      publicUrl: 'https://connect.example',
      webhookAllowedHosts,
      now,
      newId: randomUUID,
    });
    const durableClient = fakeDurableClient();
    const relay = () =>
      outboxRelay.relayAll(durableClient, (error) => {
        throw error;
      });

    const url = `https://localhost:${receiver.port}/in?key=1`;
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
    const [challenge, { method, url: path, headers, body }] = receiver.requests as [
      ReceivedRequest,
      ReceivedRequest,
    ];
    expect(challenge).toMatchObject({
      method: 'OPTIONS',
      url: '/in?key=1',
      headers: { 'webhook-request-origin': 'connect.example' },
    });
    expect({ method, path, origin: headers.origin }).toEqual({
      method: 'POST',
      path: '/in?key=1',
      origin: 'connect.example',
    });
    const received = new Webhook(secret.reveal()).verify(body, headers as Record<string, string>);
    expect(received).toMatchObject({ type: 'sync.failed', data: { syncRunId: 'run-1' } });

    await webhooks.delete(owner, webhook.id);

    for (const name of [`wh-${webhook.id}-secret`, `wh-${webhook.id}-url`])
      await expect(secretStore.get(name)).rejects.toMatchObject({ kind: 'not-found' });
    const key = { tenantId: owner.tenantId, webhookId: webhook.id };
    expect((await deliveryStore.list(key, { limit: 10 })).items).toEqual([]);
  });
});
