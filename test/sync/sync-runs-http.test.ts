import { refreshConnectors } from '../../functions/sync/refresh.timer';
import { InvocationContext } from '@azure/functions';
import { aConnectedConnector, aConnector, ada, edgar, mallory } from '../support/builders';
import { ask } from '../support/call-endpoint';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };

describe('sync runs over HTTP', () => {
  it('given no body and no content type, when a sync is started, then it is accepted with its address', async () => {
    const { services } = syncContext();

    const { status, headers, json } = await ask('startSync', {
      params: c1,
      headers: { 'content-type': '' },
      services,
    });

    expect(status).toBe(202);
    expect(headers).toMatchObject({
      Location: `/api/connectors/c1/syncs/${json.id}`,
      'Retry-After': expect.any(String),
    });
    expect(json).toMatchObject({
      status: 'queued',
      mode: 'initial',
      requestedBy: { objectId: ada.objectId },
      progress: { phase: 'queued', done: 0, percent: 0 },
    });
  });

  it.each([
    ['a mode', { mode: 'full' }, 202],
    ['an unknown mode', { mode: 'fast' }, 400],
    ['an unknown field', { speed: 1 }, 400],
    ['broken JSON', '{', 400],
  ])('given %s, when a sync is started, then %j is answered with %i', async (_, body, expected) => {
    const { services, durableClient } = syncContext();

    const { status } = await ask('startSync', { params: c1, body, services });

    expect(status).toBe(expected);
    expect(durableClient.started).toHaveLength(expected === 202 ? 1 : 0);
  });

  it('given a sync under way, when another is started, then 409 leads to the first', async () => {
    const { services } = syncContext();
    const first = await ask('startSync', { params: c1, services });

    const second = await ask('startSync', { params: c1, services });

    expect(second).toMatchObject({
      status: 409,
      headers: { Location: first.headers['Location'] },
      json: { code: 'sync_already_running' },
    });
  });

  it.each([
    ['a Viewer', edgar, 403],
    ['another tenant', mallory, 404],
  ])('given %s, when a sync is started, then the answer is no', async (_, as, expected) => {
    const { services } = syncContext();

    expect(await ask('startSync', { params: c1, as, services })).toMatchObject({
      status: expected,
    });
  });

  it('given a sync that was seen, when it is asked for again, then 304 until it has changed', async () => {
    const { services } = syncContext();
    const started = await ask('startSync', { params: c1, services });
    const params = { ...c1, runId: started.json.id };
    const seen = await ask('getSync', { params, services });

    const again = (etag: string) =>
      ask('getSync', { params, headers: { 'if-none-match': etag }, services });
    expect(await again(`W/${seen.headers['ETag']}`)).toMatchObject({ status: 304 });
    await services.syncRuns.started({
      ...c1,
      ...seen.json,
      tenantId: ada.tenantId,
      connectorId: 'c1',
      runId: started.json.id,
    });

    expect(await again(seen.headers['ETag']!)).toMatchObject({
      status: 200,
      json: { status: 'running' },
    });
  });

  it.each(['nobody', '01ARZ3NDEKTSV4RRFFQ69G5FAV'])(
    'given the unknown id %s, when a sync is asked for, then 404',
    async (runId) => {
      const { services } = syncContext();

      expect(await ask('getSync', { params: { ...c1, syncRunId: runId }, services })).toMatchObject({
        status: 404,
      });
    },
  );

  it('given three syncs, when they are listed by two, then the link leads on and a forged one does not', async () => {
    const world = syncContext();
    const { services, durableClient, wait } = world;
    for (let n = 0; n < 3; n++) {
      const { json } = await ask('startSync', { params: c1, services });
      durableClient.statuses.set(`sync-c1-${json.id}`, 'Completed');
      wait(10);
    }

    const first = await ask('listSyncs', { params: c1, query: { limit: '2' }, services });
    const query = new URL(first.json.nextLink).search;
    const second = await ask('listSyncs', { params: c1, query, services });
    const forged = await ask('listSyncs', { params: c1, query: { cursor: 'Mg.x' }, services });

    const ids = [...first.json.items, ...second.json.items].map(({ id }: any) => String(id));
    expect(ids).toEqual([...ids].sort((a, b) => (a < b ? 1 : -1)));
    expect(ids).toHaveLength(3);
    expect(second.json.nextLink).toBeUndefined();
    expect(forged).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });
});

describe('the refresh timer', () => {
  const context = () => new InvocationContext({ logHandler: () => {} });

  it('given connectors that are due, fresh and unconnected, when it fires, then only the due one is synced', async () => {
    const old = {
      lastSyncRunId: 'r',
      lastStatus: 'succeeded',
      lastStartedAt: '2026-01-15T10:00:00Z',
    };
    const { services, durableClient } = syncContext([
      aConnectedConnector({ id: 'due', name: 'due', syncSummary: old }),
      aConnectedConnector({
        id: 'fresh',
        name: 'fresh',
        syncSummary: { ...old, lastStartedAt: '2026-01-15T12:00:00Z' },
      }),
      aConnector({ id: 'unconnected', name: 'unconnected' }),
    ]);

    await refreshConnectors(services, context());
    await refreshConnectors(services, context());

    expect(durableClient.started.map(({ input }) => (input as any).connectorId)).toEqual(['due']);
  });
});
