import { refreshConnectors } from '../../functions/sync/refresh/refresh.timer';
import { InvocationContext } from '@azure/functions';
import {
  aConnectedConnector,
  aConnector,
  owner,
  viewer,
  ownerOfOtherTenant,
} from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };

describe('sync run endpoints', () => {
  it('accept a start without a body and return its location', async () => {
    const { services } = syncContext();

    const { status, headers, json } = await callEndpoint('startSync', {
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
      requestedBy: { objectId: owner.objectId },
      progress: { phase: 'queued', done: 0, percent: 0 },
    });
  });

  it.each([
    ['a mode', { mode: 'full' }, 202],
    ['an unknown mode', { mode: 'fast' }, 400],
    ['an unknown field', { speed: 1 }, 400],
    ['broken JSON', '{', 400],
  ])('respond to a start with %s (%j) with %i', async (_, body, expected) => {
    const { services, durableClient } = syncContext();

    const { status } = await callEndpoint('startSync', { params: c1, body, services });

    expect(status).toBe(expected);
    expect(durableClient.started).toHaveLength(expected === 202 ? 1 : 0);
  });

  it('respond with 409 with the location of the active run', async () => {
    const { services } = syncContext();
    const first = await callEndpoint('startSync', { params: c1, services });

    const second = await callEndpoint('startSync', { params: c1, services });

    expect(second).toMatchObject({
      status: 409,
      headers: { Location: first.headers['Location'] },
      json: { code: 'sync_already_running' },
    });
  });

  it.each([
    ['a Viewer', viewer, 403],
    ['another tenant', ownerOfOtherTenant, 404],
  ])('refuse a start by %s', async (_, as, expected) => {
    const { services } = syncContext();

    expect(await callEndpoint('startSync', { params: c1, as, services })).toMatchObject({
      status: expected,
    });
  });

  it('respond with 304 until the run changes', async () => {
    const { services } = syncContext();
    const started = await callEndpoint('startSync', { params: c1, services });
    const params = { ...c1, syncRunId: started.json.id };
    const seen = await callEndpoint('getSync', { params, services });

    const again = (etag: string) =>
      callEndpoint('getSync', { params, headers: { 'if-none-match': etag }, services });
    expect(await again(`W/${seen.headers['ETag']}`)).toMatchObject({ status: 304 });
    await services.syncRuns.recordStarted({
      ...c1,
      ...seen.json,
      tenantId: owner.tenantId,
      connectorId: 'c1',
      syncRunId: started.json.id,
    });

    expect(await again(seen.headers['ETag']!)).toMatchObject({
      status: 200,
      json: { status: 'running' },
    });
  });

  it.each(['unknown', '01ARZ3NDEKTSV4RRFFQ69G5FAV'])(
    'respond with 404 for the unknown id %s',
    async (syncRunId) => {
      const { services } = syncContext();

      expect(
        await callEndpoint('getSync', { params: { ...c1, syncRunId }, services }),
      ).toMatchObject({
        status: 404,
      });
    },
  );

  it('list runs page by page and refuse a forged cursor', async () => {
    const context = syncContext();
    const { services, durableClient, wait } = context;
    for (let n = 0; n < 3; n++) {
      const { json } = await callEndpoint('startSync', { params: c1, services });
      durableClient.statuses.set(`sync-c1-${json.id}`, 'Completed');
      wait(10);
    }

    const first = await callEndpoint('listSyncs', { params: c1, query: { limit: '2' }, services });
    const query = new URL(first.json.nextLink).search;
    const second = await callEndpoint('listSyncs', { params: c1, query, services });
    const forged = await callEndpoint('listSyncs', {
      params: c1,
      query: { cursor: 'Mg.x' },
      services,
    });

    const ids = [...first.json.items, ...second.json.items].map(({ id }: any) => String(id));
    expect(ids).toEqual([...ids].sort((a, b) => (a < b ? 1 : -1)));
    expect(ids).toHaveLength(3);
    expect(second.json.nextLink).toBeUndefined();
    expect(forged).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });
});

describe('refreshConnectors', () => {
  const invocationContext = () => new InvocationContext({ logHandler: () => {} });

  it('starts a sync only for the connector that is due', async () => {
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

    await refreshConnectors(services, invocationContext());
    await refreshConnectors(services, invocationContext());

    expect(durableClient.started.map(({ input }) => (input as any).connectorId)).toEqual(['due']);
  });
});
