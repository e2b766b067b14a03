import assert from 'node:assert/strict';
import { InvocationContext } from '@azure/functions';
import { RetentionService } from '../../functions/retention/retention-service';
import { runRetention } from '../../functions/retention/retention-orchestrator';
import { startRetention } from '../../functions/retention/retention.timer';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { UpstreamError } from '../../functions/errors/app-error';
import { emptyState } from '../../functions/run-history/run-history-state';
import { aConnectedConnector, owner } from '../support/builders';
import { fakeDurableClient } from '../fakes/durable-client';
import { storeRunHistory } from '../fakes/run-history-store';
import { replay } from '../support/replay';
import { connector, factory, removalContext } from '../support/removal-context';

const dayMs = 86_400_000;

describe('runRetention', () => {
  const batches = (last: number, failed?: string[]) => ({
    purgeBatch: ({ checkpoint = '0' }) => ({
      done: { failed, ...(Number(checkpoint) < last && { next: String(Number(checkpoint) + 1) }) },
    }),
  });

  it('continues each batch at the checkpoint of the previous one', () => {
    const { calls, error } = replay(runRetention, { task: 'events' }, batches(2));

    expect(error).toBeUndefined();
    expect(calls.map(({ input }) => input)).toEqual([
      { task: 'events' },
      { task: 'events', checkpoint: '1' },
      { task: 'events', checkpoint: '2' },
    ]);
  });

  it('continues as new after twenty batches', () => {
    const { calls, continuedAs } = replay(runRetention, { task: 'removedResources' }, batches(500));

    expect(calls).toHaveLength(20);
    expect(continuedAs).toEqual({ task: 'removedResources', checkpoint: '20', failed: [] });
  });

  it('fails at the end and names all failures', () => {
    const { calls, error } = replay(
      runRetention,
      { task: 'removedResources', failed: ['c0: storage_unavailable'] },
      batches(1, ['c1: storage_unavailable']),
    );

    expect(calls).toHaveLength(2);
    expect(String(error)).toContain('c0: storage_unavailable, c1: storage_unavailable');
  });
});

describe('startRetention', () => {
  const fire = (context: ReturnType<typeof removalContext>) =>
    startRetention(context.services, new InvocationContext({ invocationId: 'test' }));

  it('starts each task once', async () => {
    const context = removalContext();

    await fire(context);
    await fire(context);

    expect(context.durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      'retention-removedResources',
      'retention-runHistory',
      'retention-events',
      'retention-audit',
      'retention-deliveries',
      'retention-connectionAttempts',
      'retention-idempotency',
      'retention-rateLimits',
      'retention-durableHistory',
    ]);
  });

  it('fails after it started the other tasks if one cannot start', async () => {
    const context = removalContext();
    const { durableClient } = context;
    const restart = durableClient.restart.bind(durableClient);
    durableClient.restart = async (name, instanceId, input) => {
      if (instanceId === 'retention-removedResources') throw new Error('not now');
      await restart(name, instanceId, input);
    };

    await expect(fire(context)).rejects.toThrow('not now');

    expect(durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      'retention-runHistory',
      'retention-events',
      'retention-audit',
      'retention-deliveries',
      'retention-connectionAttempts',
      'retention-idempotency',
      'retention-rateLimits',
      'retention-durableHistory',
    ]);
  });
});

describe('RetentionService', () => {
  it('purges events older than ninety days from every stream', async () => {
    const { services, durableClient, eventStore, days } = removalContext();
    const recordEvent = (connectorId: string) =>
      services.events.record({
        tenantId: owner.tenantId,
        connectorId,
        type: 'connector.updated',
        actor: 'system',
      });
    await recordEvent('c1');
    await recordEvent('deleted-connector');
    days(60);
    await recordEvent('c1');
    days(31);

    const batch = await services.retention.purgeBatch({ task: 'events' }, durableClient);

    expect(batch).toEqual({});
    expect(eventStore.all()).toHaveLength(1);
  });

  it('purges run history of factories that no sync reads', async () => {
    const context = removalContext();
    const { services, durableClient, runHistoryStore, runHistoryStateStore } = context;
    const removed = { ...factory, name: 'removed' };
    const dayAgo = (days: number) =>
      new Date(services.now().getTime() - days * dayMs)
        .toISOString()
        .slice(0, 10)
        .replaceAll('-', '');
    const [old, young] = [dayAgo(50), dayAgo(3)];
    await storeRunHistory(context, connector, factory, { days: [young, old] });
    await storeRunHistory(context, connector, removed, { days: [old], watermark: 'then' });
    const purged: string[] = [];
    Object.assign(runHistoryStore, {
      deleteBefore: async (_: unknown, { name }: { name: string }, day: string) =>
        void purged.push(`${name} ${day}`),
    });

    const batch = await services.retention.purgeBatch({ task: 'runHistory' }, durableClient);

    expect(batch).toEqual({});
    expect(purged.toSorted()).toEqual([`removed ${dayAgo(45)}`, `sales ${dayAgo(45)}`]);
    const days = new Map(
      (await runHistoryStateStore.listFactories(connector)).map((each) => [each.hash, each.days]),
    );
    expect(days.get(factoryHash(factory))).toEqual([young, old]);
    expect(days.has(factoryHash(removed))).toBe(false);
    expect(await runHistoryStateStore.load(connector, removed)).toEqual({
      state: emptyState,
      writer: 0,
    });
  });

  it('keeps the state of a known factory without runs', async () => {
    const context = removalContext();
    const { services, durableClient, runHistoryStateStore, sync } = context;
    await sync(['kept']);
    await storeRunHistory(context, connector, factory, { watermark: 'then' });

    await services.retention.purgeBatch({ task: 'runHistory' }, durableClient);

    expect(await runHistoryStateStore.load(connector, factory)).toMatchObject({
      state: { watermark: 'then' },
    });
  });

  it('reports a connector that fails and purges the ones after it', async () => {
    const context = removalContext([
      aConnectedConnector({ id: 'a1', name: 'a1' }),
      aConnectedConnector(),
    ]);
    const { services, durableClient, runHistoryStore, runHistoryStateStore } = context;
    const purged: string[] = [];
    await storeRunHistory(context, connector, factory, { days: ['20200101'] });
    const original = { ...runHistoryStateStore };
    Object.assign(runHistoryStore, {
      deleteBefore: async (_: unknown, { name }: { name: string }) => void purged.push(name),
    });
    runHistoryStateStore.listFactories = async (key) => {
      if (key.connectorId === 'a1') throw new UpstreamError('row_damaged', 'no', false);
      return original.listFactories(key);
    };

    const batch = await services.retention.purgeBatch({ task: 'runHistory' }, durableClient);

    expect(batch).toEqual({ failed: ['a1: row_damaged'] });
    expect(purged).toEqual(['sales']);
  });
});

describe('RetentionService for data that expires', () => {
  it.each(['connectionAttempts', 'idempotency', 'rateLimits'] as const)(
    'purges %s batch by batch until nothing is expired',
    async (task) => {
      const rows = ['a', 'b', 'c'];
      let time = 0;
      const expiring = {
        async *deleteExpired() {
          for (let key = rows.shift(); key; key = rows.shift()) {
            time += 60_000;
            yield key;
          }
        },
      };
      const none = { deleteExpired: () => assert.fail('Another task was purged.') };
      const noBatch = { purgeBatch: async () => ({}) };
      const noRows = { deleteBefore: () => expiring.deleteExpired() };
      const others = { connectionAttempts: none, idempotency: none, rateLimits: none };
      const retention = new RetentionService(
        noBatch,
        noBatch,
        { events: noRows, deliveries: noRows },
        none,
        { ...others, [task]: expiring },
        90,
        () => new Date(time),
      );

      const batches = [];
      for (let n = 0; n < 4; n++)
        batches.push(await retention.purgeBatch({ task }, fakeDurableClient()));

      expect(batches).toEqual([{ next: 'a' }, { next: 'b' }, { next: 'c' }, {}]);
    },
  );

  it('purges the history of Durable instances after fourteen days', async () => {
    const { services, durableClient } = removalContext();

    await services.retention.purgeBatch({ task: 'durableHistory' }, durableClient);

    const { purged } = durableClient;
    const ago = ({ from, to }: (typeof purged)[number]) =>
      [from, to].map((time) => (services.now().getTime() - time.getTime()) / dayMs);
    expect(purged[0]!.from).toEqual(new Date(0));
    expect(ago(purged[0]!)[1]).toBe(44);
    expect(purged.slice(1).map(ago)).toEqual(
      Array.from({ length: 30 }, (_, n) => [44 - n, 43 - n]),
    );
  });
});
