import type { NewEvent } from '../../functions/events/event';
import { changesOf } from '../../functions/events/field-changes';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector, owner, viewer, ownerOfOtherTenant, now } from '../support/builders';
import { testContext } from '../support/context';

const anEvent = (overrides: Partial<NewEvent> = {}): NewEvent => ({
  tenantId: owner.tenantId,
  connectorId: 'c1',
  type: 'sync.succeeded',
  actor: 'system',
  ...overrides,
});
const idempotencyKey = { key: 'run-1', at: now.toISOString() };

describe('EventService.record', () => {
  it('stores only person and tenant of a caller', async () => {
    const { services, eventStore } = testContext();

    await services.events.record(anEvent({ actor: owner, data: { syncRunId: 'run-1' } }));

    expect(eventStore.all()).toEqual([
      {
        tenantId: owner.tenantId,
        connectorId: 'c1',
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        type: 'sync.succeeded',
        at: now.toISOString(),
        actor: { objectId: owner.objectId, displayName: owner.displayName },
        outcome: 'succeeded',
        data: { syncRunId: 'run-1' },
      },
    ]);
  });

  it('records an event once per idempotency key', async () => {
    const { services, eventStore, outbox, wait } = testContext();

    await services.events.record(anEvent({ idempotencyKey }));
    wait(60);
    await services.events.record(anEvent({ idempotencyKey }));

    expect(eventStore.all()).toHaveLength(1);
    expect(outbox.all()).toHaveLength(1);
  });

  it.each<[string, Partial<NewEvent>]>([
    ['tenant', { tenantId: ownerOfOtherTenant.tenantId }],
    ['connector', { connectorId: 'c2' }],
    ['type', { type: 'sync.failed' }],
    ['key', { idempotencyKey: { ...idempotencyKey, key: 'run-2' } }],
  ])('records another event for another %s', async (_, other) => {
    const { services, eventStore } = testContext();

    await services.events.record(anEvent({ idempotencyKey }));
    await services.events.record(anEvent({ idempotencyKey, ...other }));

    expect(new Set(eventStore.all().map(({ id }) => id)).size).toBe(2);
  });

  it('leaves the event to the relay if the stream is not available', async () => {
    const { services, eventStore, durableClient } = testContext();
    const append = jest.spyOn(eventStore, 'append').mockRejectedValueOnce(new Error('down'));
    const logged = jest.spyOn(console, 'error').mockImplementation();
    await services.events.record(anEvent());
    append.mockRestore();
    const before = eventStore.all();

    await services.outboxRelay.relayAll(durableClient, fail);

    expect(before).toEqual([]);
    expect(eventStore.all()).toMatchObject([{ type: 'sync.succeeded' }]);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('event_stream.append_failed'));
    logged.mockRestore();
  });

  it('is not appended again by the relay of the same worker', async () => {
    const { services, eventStore, outbox, durableClient } = testContext();
    const append = jest.spyOn(eventStore, 'append');
    await services.events.record(anEvent());

    await services.outboxRelay.relayAll(durableClient, fail);

    expect(append).toHaveBeenCalledTimes(1);
    expect([eventStore.all().length, outbox.all().length]).toEqual([1, 0]);
  });

  it('fails if the outbox is not available', async () => {
    const { services, eventStore, outbox } = testContext();
    jest.spyOn(outbox, 'put').mockRejectedValueOnce(new Error('down'));

    await expect(services.events.record(anEvent())).rejects.toThrow('down');

    expect(eventStore.all()).toEqual([]);
  });
});

describe('EventService.commit', () => {
  it('records nothing if the change is refused', async () => {
    const { services, eventStore, outbox } = testContext();
    const write = jest.fn().mockRejectedValue(new Error('stale'));

    await expect(services.events.commit([anEvent()], write)).rejects.toThrow('stale');

    expect([eventStore.all(), outbox.all()]).toEqual([[], []]);
  });

  it('gives the events that it appends to the transaction', async () => {
    const { services, eventStore } = testContext();
    const write = jest.fn().mockResolvedValue('stored');

    const result = await services.events.commit(
      [anEvent(), anEvent({ type: 'sync.failed' })],
      write,
    );

    expect(result).toBe('stored');
    expect(write.mock.calls).toEqual([[eventStore.all().map((event) => ({ event }))]]);
    expect(eventStore.all()).toHaveLength(2);
  });
});

describe('changesOf', () => {
  it('names the fields that differ, with both values', () => {
    const before = { name: 'a', filters: { names: ['x'] }, same: [1], gone: 1 };
    const after = { name: 'b', filters: { names: ['x', 'y'] }, same: [1], added: false };

    expect(changesOf(before, after)).toEqual({
      name: { before: 'a', after: 'b' },
      filters: { before: { names: ['x'] }, after: { names: ['x', 'y'] } },
      gone: { before: 1 },
      added: { after: false },
    });
  });

  it('replaces a value that is too long for a row', () => {
    const changes = changesOf({ name: 'x'.repeat(5_000) }, { name: 'y' });

    expect(changes).toEqual({ name: { before: '(5002 characters)', after: 'y' } });
  });
});

describe('event stream', () => {
  it('lists each event once, newest first, over pages', async () => {
    const { services, wait } = testContext({ connectors: [aConnector()] });
    for (const type of ['connector.created', 'connector.connected', 'sync.started'] as const) {
      await services.events.record(anEvent({ type, actor: owner }));
      wait(1);
    }

    const first = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c1' },
      query: { limit: '2' },
      services,
    });
    const { nextLink } = first.json;
    const second = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c1' },
      query: new URL(nextLink).search,
      services,
    });

    expect(first.headers['Link']).toBe(`<${nextLink}>; rel="next"`);
    const types = [...first.json.items, ...second.json.items].map(({ type }) => type);
    expect(types).toEqual(['sync.started', 'connector.connected', 'connector.created']);
    expect(second.json).not.toHaveProperty('nextLink');
  });

  it('keeps the events of a deleted connector', async () => {
    const { services } = testContext();
    await services.events.record(anEvent({ type: 'connector.deleted', actor: owner }));

    const { json } = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c1' },
      services,
    });

    expect(json.items).toMatchObject([{ type: 'connector.deleted', connectorId: 'c1' }]);
  });

  it('hides a connector of another tenant', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    await services.events.record(anEvent());

    const response = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c1' },
      as: ownerOfOtherTenant,
      services,
    });

    expect(response).toMatchObject({ status: 404, json: { code: 'connector_not_found' } });
  });

  it('is forbidden for a Viewer', async () => {
    const response = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c1' },
      as: viewer,
    });

    expect(response).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });

  it('refuses the cursor of another connector', async () => {
    const { services, wait } = testContext({ connectors: [aConnector()] });
    for (const _ of [1, 2]) {
      await services.events.record(anEvent());
      wait(1);
    }
    const call = { query: { limit: '1' }, services };
    const { json } = await callEndpoint('listConnectorEvents', {
      ...call,
      params: { connectorId: 'c1' },
    });

    const borrowed = await callEndpoint('listConnectorEvents', {
      params: { connectorId: 'c2' },
      query: new URL(json.nextLink).search,
      services,
    });

    expect(borrowed).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it.each([
    ['type', { type: 'sync.failed' }, ['sync.failed']],
    ['connector', { connectorId: 'deleted' }, ['connector.deleted']],
    ['actor', { actor: owner.objectId.toUpperCase() }, ['connector.deleted', 'sync.started']],
    ['start', { from: '2026-01-15T13:01:00+01:00' }, ['connector.deleted', 'sync.failed']],
    ['end', { to: '2026-01-15T12:01:00Z', from: '0001-01-01T00:00:00Z' }, ['sync.started']],
  ])('spans the tenant and is filtered by %s', async (_, query, types) => {
    const { services, wait } = testContext();
    await services.events.record(anEvent({ type: 'sync.started', actor: owner }));
    wait(60);
    await services.events.record(anEvent({ type: 'sync.failed' }));
    wait(60);
    const deleted = { connectorId: 'deleted', type: 'connector.deleted', actor: owner } as const;
    await services.events.record(anEvent(deleted));
    await services.events.record(anEvent({ ...deleted, tenantId: ownerOfOtherTenant.tenantId }));

    const { json } = await callEndpoint('listTenantEvents', { query, services });

    expect(json.items.map(({ type }: NewEvent) => type)).toEqual(types);
  });

  it.each([
    ['type', { type: 'sync.unknown' }],
    ['actor', { actor: 'ada' }],
    ['from', { from: 'yesterday' }],
    ['to', { to: '2026-13-01T00:00:00Z' }],
    ['connectorId', { connectorId: 'a/b' }],
  ])('refuses an invalid %s', async (field, query) => {
    const { status, json } = await callEndpoint('listTenantEvents', { query });

    expect(status).toBe(400);
    expect(json.violations ?? json.errors).toMatchObject([{ pointer: `?${field}` }]);
  });

  it('lists an existing connector without events that match', async () => {
    const { services } = testContext();
    await services.events.record(anEvent());
    const list = (connectorId: string) =>
      callEndpoint('listConnectorEvents', {
        params: { connectorId },
        query: { type: 'sync.failed' },
        services,
      });

    expect(await list('c1')).toMatchObject({ status: 200, json: { items: [] } });
    expect(await list('c2')).toMatchObject({ status: 404 });
  });

  it('lists events of the tenant without a connector id', async () => {
    const { services } = testContext();
    await callEndpoint('createWebhook', {
      body: { url: 'https://hooks.example/in', events: ['*'] },
      services,
    });

    const { json } = await callEndpoint('listTenantEvents', { services });

    expect(json.items).toMatchObject([{ type: 'webhook.created', tenantId: owner.tenantId }]);
    expect(json.items[0]).not.toHaveProperty('connectorId');
  });
});

function fail(error: unknown): never {
  throw error;
}
