import type { DeliveryTarget } from '../../functions/webhooks/delivery';
import { deliverWebhook } from '../../functions/webhooks/delivery-orchestrator';
import { replay } from '../support/replay';

const target: DeliveryTarget = {
  tenantId: 'contoso',
  webhookId: 'w1',
  deliveryId: 'd1',
  redelivery: 0,
};
const attempts = (calls: readonly { readonly input: any }[]) =>
  calls.map(({ input }) => input.attempt as number);

describe('deliverWebhook', () => {
  it('ends after an accepted attempt', () => {
    const { calls, timers } = replay(deliverWebhook, target, {
      attemptDelivery: () => ({ done: {} }),
    });

    expect(calls).toEqual([{ name: 'attemptDelivery', input: { ...target, attempt: 1 } }]);
    expect(timers).toEqual([]);
  });

  it('sleeps until the times that the step returns', () => {
    const times = ['2026-01-15T12:00:10.000Z', '2026-01-15T12:00:40.000Z'];

    const { calls, timers } = replay(deliverWebhook, target, {
      attemptDelivery: ({ attempt }) => ({ done: { retryAt: times[attempt - 1] } }),
    });

    expect(attempts(calls)).toEqual([1, 2, 3]);
    expect(timers).toEqual(times);
  });

  it('repeats the same attempt after a pause if storage fails', () => {
    let failures = 3;

    const { calls, timers, error } = replay(deliverWebhook, target, {
      attemptDelivery: () => {
        if (failures-- > 0) throw new Error('storage is down');
        return { done: {} };
      },
    });

    expect(error).toBeUndefined();
    expect(attempts(calls)).toEqual([1, 1, 1, 1]);
    expect(timers).toHaveLength(3);
  });

  it('fails if storage fails for more than a day', () => {
    const { error, timers } = replay(deliverWebhook, target, {
      attemptDelivery: () => {
        throw new Error('storage is down');
      },
    });

    expect(error).toMatchObject({ message: 'storage is down' });
    expect(timers).toHaveLength(95);
  });
});
