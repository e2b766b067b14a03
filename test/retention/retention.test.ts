import { InvocationContext } from '@azure/functions';
import { runRetention } from '../../functions/retention/retention-orchestrator';
import { startRetention } from '../../functions/retention/retention.timer';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { UpstreamError } from '../../functions/errors/app-error';
import { emptyState } from '../../functions/run-history/run-history-state';
import { aConnectedConnector, ada } from '../support/builders';
import { replay } from '../support/replay';
import { connector, factory, removalContext } from '../support/removal-context';

const dayInMs = 86_400_000;

describe('forgetting in stretches', () => {
  const stretches = (last: number, failed?: string[]) => ({
    purgeBatch: ({ from = '0' }) => ({
      done: { failed, ...(Number(from) < last && { next: String(Number(from) + 1) }) },
    }),
  });

  it('given three stretches, when forgotten, then each goes on where the last one ended', () => {
    const { calls, error } = replay(runRetention, { part: 'events' }, stretches(2));

    expect(error).toBeUndefined();
    expect(calls.map(({ input }) => input)).toEqual([
      { part: 'events' },
      { part: 'events', from: '1' },
      { part: 'events', from: '2' },
    ]);
  });

  it('given very many stretches, when forgotten, then a new history takes the place of the old one', () => {
    const { calls, continuedAs } = replay(runRetention, { part: 'removed' }, stretches(500));

    expect(calls).toHaveLength(20);
    expect(continuedAs).toEqual({ part: 'removed', from: '20', failed: [] });
  });

  it('given failures on the way, when all stretches are done, then it fails and names them', () => {
    const { calls, error } = replay(
      runRetention,
      { part: 'removed', failed: ['c0: storage_unavailable'] },
      stretches(1, ['c1: storage_unavailable']),
    );

    expect(calls).toHaveLength(2);
    expect(String(error)).toContain('c0: storage_unavailable, c1: storage_unavailable');
  });
});

describe('the nightly timer', () => {
  const fire = (world: ReturnType<typeof removalContext>) =>
    startRetention(world.services, new InvocationContext({ invocationId: 'test' }));

  it('given a night, when the timer fires twice, then each part is started once, and old instances go', async () => {
    const world = removalContext();

    await fire(world);
    await fire(world);

    expect(world.durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      'forget-removed',
      'forget-runs',
      'forget-events',
      'forget-deliveries',
    ]);
    expect(world.durableClient.forgotten[0]).toEqual(
      new Date(world.services.now().getTime() - 14 * dayInMs),
    );
  });

  it('given a part that cannot be started, when the timer fires, then the others are, old instances go, and it fails', async () => {
    const world = removalContext();
    const { durableClient } = world;
    const restart = durableClient.restart.bind(durableClient);
    durableClient.restart = async (name, instanceId, input) => {
      if (instanceId === 'forget-removed') throw new Error('not now');
      await restart(name, instanceId, input);
    };

    await expect(fire(world)).rejects.toThrow('not now');

    expect(durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      'forget-runs',
      'forget-events',
      'forget-deliveries',
    ]);
    expect(durableClient.forgotten).toHaveLength(1);
  });
});

describe('forgetting history', () => {
  it('given events of ninety days, when forgotten, then the older ones go from every timeline', async () => {
    const { services, eventStore, days } = removalContext();
    const tell = (connectorId: string) =>
      services.events.record({
        tenantId: ada.tenantId,
        connectorId,
        type: 'connector.updated',
        actor: 'system',
      });
    await tell('c1');
    await tell('deleted-long-ago');
    days(60);
    await tell('c1');
    days(31);

    const stretch = await services.retention.forget({ part: 'events' });

    expect(stretch).toEqual({});
    expect(eventStore.all()).toHaveLength(1);
  });

  it('given run history that no sync looks after, when forgotten, then only days that are kept stay', async () => {
    const { services, history, histories } = removalContext();
    const gone = { ...factory, name: 'gone' };
    const dayAgo = (days: number) =>
      new Date(services.now().getTime() - days * dayInMs)
        .toISOString()
        .slice(0, 10)
        .replaceAll('-', '');
    const [old, young] = [dayAgo(50), dayAgo(3)];
    await histories.save(connector, factory, { ...emptyState, days: [young, old] });
    await histories.save(connector, gone, { ...emptyState, days: [old], watermark: 'then' });
    const dropped: string[] = [];
    Object.assign(history, {
      deleteBefore: async (_: unknown, { name }: { name: string }, day: string) =>
        void dropped.push(`${name} ${day}`),
    });

    const stretch = await services.retention.forget({ part: 'runs' });

    expect(stretch).toEqual({});
    expect(dropped.toSorted()).toEqual([`gone ${dayAgo(45)}`, `sales ${dayAgo(45)}`]);
    const days = new Map(
      (await histories.histories(connector)).map((each) => [each.hash, each.days]),
    );
    expect(days.get(factoryHash(factory))).toEqual([young, old]);
    expect(days.get(factoryHash(gone)) ?? []).toEqual([]);
    expect(await histories.load(connector, gone)).toMatchObject({ watermark: 'then' });
  });

  it('given a connector whose history cannot be read, when forgotten, then it is told and those behind it are done', async () => {
    const world = removalContext([
      aConnectedConnector({ id: 'a1', name: 'a1' }),
      aConnectedConnector(),
    ]);
    const { services, history, histories } = world;
    const dropped: string[] = [];
    await histories.save(connector, factory, { ...emptyState, days: ['20200101'] });
    const asBefore = { ...histories };
    Object.assign(history, {
      deleteBefore: async (_: unknown, { name }: { name: string }) => void dropped.push(name),
    });
    histories.histories = async (asked) => {
      if (asked.connectorId === 'a1') throw new UpstreamError('row_damaged', 'no', false);
      return asBefore.histories(asked);
    };

    const stretch = await services.retention.forget({ part: 'runs' });

    expect(stretch).toEqual({ failed: ['a1: row_damaged'] });
    expect(dropped).toEqual(['sales']);
  });
});
