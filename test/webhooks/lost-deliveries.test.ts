import { InvocationContext } from '@azure/functions';
import type { InstanceStatus } from '../../functions/durable/instance-status';
import { deliveryInstanceId, type DeliveryTarget } from '../../functions/webhooks/delivery';
import { reconcileWebhooks } from '../../functions/webhooks/reconcile-webhooks.timer';
import { owner } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const hour = 3_600;

/** A pending delivery with one failed attempt, whose next attempt is due in ten seconds. */
async function pendingContext() {
  const context = testContext();
  const { services, durableClient, sender } = context;
  const body = { url: 'https://hooks.example/in', events: ['sync.failed'] };
  const { json } = await callEndpoint('createWebhook', { body, services });
  const params = { webhookId: json.id as string };
  await services.events.record({
    tenantId: owner.tenantId,
    connectorId: 'c1',
    type: 'sync.failed',
    actor: 'system',
  });
  await services.outboxRelay.relayAll(durableClient, fail);
  const target = durableClient.started[0]!.input as DeliveryTarget;
  sender.result = { status: 503 };
  await services.deliveries.attempt({ ...target, attempt: 1 });
  const warnings: string[] = [];
  const log = new InvocationContext({
    invocationId: 'test',
    logHandler: (_level, ...parts) => void warnings.push(parts.map(String).join(' ')),
  });
  return {
    ...context,
    params,
    target,
    warnings,
    reconcile: () => reconcileWebhooks(services, log),
    setStatus: (status?: InstanceStatus) => {
      if (status) durableClient.statuses.set(deliveryInstanceId(target), status);
      else durableClient.statuses.delete(deliveryInstanceId(target));
    },
  };
}

function fail(error: unknown): never {
  throw error;
}

describe('reconcileWebhooks', () => {
  it.each([['Failed'], ['Terminated'], [undefined]] as const)(
    'restarts an overdue delivery whose orchestration is %s',
    async (status) => {
      const { setStatus, wait, reconcile, durableClient, target, warnings } =
        await pendingContext();
      setStatus(status);
      wait(hour + 11);

      await reconcile();
      await reconcile();

      expect(durableClient.started.map(({ input }) => input)).toEqual([target, target]);
      expect(warnings.filter((line) => line.includes('webhook_delivery.restarted'))).toEqual([
        expect.stringContaining(target.deliveryId),
      ]);
    },
  );

  it.each([
    ['whose orchestration is active', 'Running', 2 * hour],
    ['that is not overdue', undefined, hour],
  ] as const)('leaves a delivery %s', async (_, status, seconds) => {
    const { setStatus, wait, reconcile, durableClient } = await pendingContext();
    setStatus(status);
    wait(seconds);

    await reconcile();

    expect(durableClient.started).toHaveLength(1);
  });

  it('continues a restarted delivery with its next attempt', async () => {
    const { setStatus, wait, reconcile, services, target, sender, params } = await pendingContext();
    setStatus('Failed');
    wait(2 * hour);
    await reconcile();
    sender.result = { status: 204 };

    const first = await services.deliveries.attempt({ ...target, attempt: 1 });
    const second = await services.deliveries.attempt({ ...target, attempt: 2 });

    expect(Date.parse(first.retryAt!)).toBeLessThan(services.now().getTime());
    expect(second).toEqual({});
    expect(sender.sent).toHaveLength(2);
    const { json } = await callEndpoint('listDeliveries', { params, services });
    expect(json.items).toMatchObject([{ status: 'delivered', attempts: [{}, {}] }]);
  });

  it('removes secrets and fails if deliveries cannot be read', async () => {
    const { wait, reconcile, deliveryStore, secretStore, services } = await pendingContext();
    const { webhookSecretRotation } = services;
    const [webhook] = await services.webhooks.list(owner.tenantId);
    await webhookSecretRotation.rotate(owner, webhook!.id, 0);
    wait(2 * hour);
    jest.spyOn(deliveryStore, 'listPending').mockImplementation(() => fail(new Error('storage')));

    await expect(reconcile()).rejects.toThrow('storage');

    const old = `wh-${webhook!.id}-secret/${webhook!.secretVersion}`;
    expect(secretStore.usable()).not.toContain(old);
  });
});

describe('redeliver', () => {
  async function redeliveryContext() {
    const context = await pendingContext();
    const { services, params, target, sender } = context;
    sender.result = { status: 204 };
    await services.deliveries.attempt({ ...target, attempt: 2 });
    const call = { params: { ...params, deliveryId: target.deliveryId }, services };
    return { ...context, redeliver: () => callEndpoint('redeliver', call) };
  }
  const redelivered = ({ eventStore }: Awaited<ReturnType<typeof redeliveryContext>>) =>
    eventStore.all().filter(({ type }) => type === 'webhook.redelivered');

  it('is accepted although its orchestration cannot start, which follows', async () => {
    const context = await redeliveryContext();
    const { redeliver, durableClient, reconcile, wait, target } = context;
    jest.spyOn(durableClient, 'restart').mockRejectedValueOnce(new Error('storage'));
    jest.spyOn(console, 'error').mockImplementation(() => undefined);

    const { status } = await redeliver();
    wait(hour + 1);
    await reconcile();

    expect(status).toBe(202);
    expect(durableClient.started.at(-1)!.input).toEqual({ ...target, redelivery: 1 });
    expect(redelivered(context)).toHaveLength(1);
  });

  it('starts again if the instance failed before its first attempt', async () => {
    const context = await redeliveryContext();
    const { redeliver, durableClient } = context;
    await redeliver();
    const redelivery = durableClient.started.at(-1)!;
    durableClient.statuses.set(redelivery.instanceId, 'Failed');

    const { status } = await redeliver();

    expect(status).toBe(202);
    expect(durableClient.started.slice(1)).toEqual([redelivery, redelivery]);
    expect(redelivered(context)).toHaveLength(1);
  });

  it('starts one redelivery if ten are requested at once', async () => {
    const context = await redeliveryContext();

    const responses = await Promise.all(Array.from({ length: 10 }, () => context.redeliver()));

    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(context.durableClient.started).toHaveLength(2);
    expect(redelivered(context)).toHaveLength(1);
  });
});
