/** Webhooks on what they stand on: tables, Key Vault and a receiver that knows nothing but its secret. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { EventTable } from '../../../functions/azure/tables/event-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import { EventService } from '../../../functions/events/event-service';
import { OutboxRelayService } from '../../../functions/webhooks/outbox-relay-service';
import type { DeliveryTarget } from '../../../functions/webhooks/delivery';
import { DeliveryService } from '../../../functions/webhooks/delivery-service';
import { HttpsSender } from '../../../functions/webhooks/https-sender';
import { WebhookService } from '../../../functions/webhooks/webhook-service';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { fakeDurableClient } from '../../fakes/durable-client';
import { owner } from '../../support/builders';
import { startReceiver, type Receiver } from '../../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';
import { useStorage } from '../../support/storage';

const { tenantId, identityObjectId } = sample.home;
const storage = useStorage();
let surroundings: TestEmulatorContext;
let keyVault: KeyVault;
let receiver: Receiver;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  receiver = await startReceiver(surroundings.certificates);
  keyVault = await startKeyVault(surroundings, {
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
  await surroundings.remove();
});

const identity = {
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

it('given a webhook, when a sync fails, then its receiver is told and can tell who did; deleted, nothing is left', async () => {
  const now = () => new Date();
  const allowed = [`localhost:${receiver.port}`];
  const vault = new KeyVaultSecretStore(keyVault.url, identity);
  const eventTable = new EventTable(await storage.newTable());
  const events = new EventService(
    eventTable,
    new OutboxTable(await storage.newTable()),
    now,
    randomBytes,
  );
  const deliveryTable = new DeliveryTable(await storage.newTable());
  const webhooks = new WebhookService(
    new WebhookTable(await storage.newTable()),
    deliveryTable,
    vault,
    events,
    now,
    randomUUID,
    allowed,
  );
  const deliveries = new DeliveryService(deliveryTable, webhooks, new HttpsSender(allowed), now);
  const outboxRelay = new OutboxRelayService(events, webhooks, deliveries);
  const durableClient = fakeDurableClient();
  const announce = () =>
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
    data: { runId: 'run-1', code: 'grant_revoked' },
  });
  await announce();
  await announce();
  const targets = durableClient.started.map(({ input }) => input as DeliveryTarget);
  const outcome = await deliveries.attempt({ ...targets[0]!, attempt: 1 });

  expect(targets).toHaveLength(1);
  expect(outcome).toEqual({});
  const [letter] = receiver.requests;
  const { 'webhook-timestamp': timestamp, 'webhook-signature': signature } = letter!.headers;
  const expected = createHmac('sha256', secret.reveal()).update(
    `${String(timestamp)}.${letter!.body}`,
  );
  expect(signature).toBe(`v1=${expected.digest('hex')}`);
  expect(JSON.parse(letter!.body)).toMatchObject({ type: 'sync.failed', data: { runId: 'run-1' } });

  await webhooks.delete(owner, webhook.id);

  await expect(vault.get(webhook.secret.name)).rejects.toMatchObject({ kind: 'not-found' });
  const key = { tenantId: owner.tenantId, webhookId: webhook.id };
  expect((await deliveryTable.list(key, { limit: 10 })).items).toEqual([]);
});
