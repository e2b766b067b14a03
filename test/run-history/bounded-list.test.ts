import { RunHistoryService } from '../../functions/run-history/run-history-service';
import { owner } from '../support/builders';

const connector = { tenantId: owner.tenantId, connectorId: 'c1' };
const days = Array.from({ length: 12 }, (_, n) => `2026-01-${15 - n}`.replace(/-(\d)$/, '-0$1'));

describe('a list of runs', () => {
  it('reads a day of 200 factories once, and eight days a page', async () => {
    const factories = Array.from({ length: 200 }, (_, n) => ({
      hash: `hash${n}`,
      factory: { subscriptionId: 's', resourceGroup: 'g', name: `f${n}` },
      days,
    }));
    const list = jest.fn(async () => []);
    const service = new RunHistoryService(
      { list } as never,
      { listFactories: async () => factories } as never,
    );

    const first = await service.list(connector, { kind: 'pipeline' }, { limit: 10 });
    const firstReads = list.mock.calls.length;
    const second = await service.list(
      connector,
      { kind: 'pipeline' },
      { limit: 10, continuation: first.continuation! },
    );

    expect(first).toEqual({ items: [], continuation: '2026-01-07' });
    expect(firstReads).toBe(8);
    expect(second).toEqual({ items: [] });
    expect(list).toHaveBeenCalledTimes(12);
  });
});
