import { RunHistoryService } from '../../functions/run-history/run-history-service';
import { owner } from '../support/builders';

const connector = { tenantId: owner.tenantId, connectorId: 'c1' };
const days = ['2026-01-15', '2026-01-14', '2026-01-13'];

describe('a list of runs', () => {
  it('ends a page after 200 partitions without a match', async () => {
    const factories = Array.from({ length: 120 }, (_, n) => ({
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

    expect(first).toEqual({ items: [], continuation: '2026-01-13' });
    expect(firstReads).toBe(240);
    expect(second).toEqual({ items: [] });
    expect(list).toHaveBeenCalledTimes(360);
  });
});
