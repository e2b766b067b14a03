import type { NewEvent } from '../../functions/events/event';
import { ask } from '../support/call-endpoint';
import { aConnector, ada, edgar, mallory, now } from '../support/builders';
import { testContext } from '../support/context';

const aHappening = (overrides: Partial<NewEvent> = {}): NewEvent => ({
  tenantId: ada.tenantId,
  connectorId: 'c1',
  type: 'sync.succeeded',
  actor: 'system',
  ...overrides,
});
const once = { key: 'run-1', at: now.toISOString() };

describe('recording an event', () => {
  it('given a caller, when something is recorded in its name, then only person and tenant are kept', async () => {
    const { services, eventStore } = testContext();

    await services.events.record(aHappening({ actor: ada, data: { runId: 'run-1' } }));

    expect(eventStore.all()).toEqual([
      {
        tenantId: ada.tenantId,
        connectorId: 'c1',
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        type: 'sync.succeeded',
        at: now.toISOString(),
        actor: { objectId: ada.objectId, displayName: ada.displayName },
        outcome: 'succeeded',
        data: { runId: 'run-1' },
      },
    ]);
  });

  it('given a step that runs twice, when it records with one key, then one event stands and is announced once', async () => {
    const { services, eventStore, outbox, wait } = testContext();

    await services.events.record(aHappening({ once }));
    wait(60);
    await services.events.record(aHappening({ once }));

    expect(eventStore.all()).toHaveLength(1);
    expect(outbox.all()).toHaveLength(1);
  });

  it.each<[string, Partial<NewEvent>]>([
    ['tenant', { tenantId: mallory.tenantId }],
    ['connector', { connectorId: 'c2' }],
    ['type', { type: 'sync.failed' }],
    ['key', { once: { ...once, key: 'run-2' } }],
  ])('given another %s, when it is recorded, then it is another event', async (_, other) => {
    const { services, eventStore } = testContext();

    await services.events.record(aHappening({ once }));
    await services.events.record(aHappening({ once, ...other }));

    expect(new Set(eventStore.all().map(({ id }) => id)).size).toBe(2);
  });

  it('given a process that dies before the timeline is written, when the outbox is emptied, then the event stands', async () => {
    const { services, eventStore } = testContext();
    const append = jest.spyOn(eventStore, 'append').mockRejectedValueOnce(new Error('killed'));
    await expect(services.events.record(aHappening())).rejects.toThrow('killed');
    append.mockRestore();

    await services.outboxRelay.relayAll(services.durableClient(), fail);

    expect(eventStore.all()).toMatchObject([{ type: 'sync.succeeded' }]);
  });
});

describe('the audit trail', () => {
  it('given three events, when they are listed by twos, then they come newest first and each once', async () => {
    const { services, wait } = testContext({ connectors: [aConnector()] });
    for (const type of ['connector.created', 'connector.connected', 'sync.started'] as const) {
      await services.events.record(aHappening({ type, actor: ada }));
      wait(1);
    }

    const first = await ask('listConnectorEvents', {
      params: { connectorId: 'c1' },
      query: { limit: '2' },
      services,
    });
    const { nextLink } = first.json;
    const second = await ask('listConnectorEvents', {
      params: { connectorId: 'c1' },
      query: new URL(nextLink).search,
      services,
    });

    expect(first.headers['Link']).toBe(`<${nextLink}>; rel="next"`);
    const types = [...first.json.items, ...second.json.items].map(({ type }) => type);
    expect(types).toEqual(['sync.started', 'connector.connected', 'connector.created']);
    expect(second.json).not.toHaveProperty('nextLink');
  });

  it('given events of a connector that is deleted, when they are listed, then they are still there', async () => {
    const { services } = testContext();
    await services.events.record(aHappening({ type: 'connector.deleted', actor: ada }));

    const { json } = await ask('listConnectorEvents', { params: { connectorId: 'c1' }, services });

    expect(json.items).toMatchObject([{ type: 'connector.deleted', connectorId: 'c1' }]);
  });

  it('given another tenant, when it asks for the events of a connector, then there is no such connector', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    await services.events.record(aHappening());

    const answer = await ask('listConnectorEvents', {
      params: { connectorId: 'c1' },
      as: mallory,
      services,
    });

    expect(answer).toMatchObject({ status: 404, json: { code: 'connector_not_found' } });
  });

  it('given a Viewer, when it asks for events, then that is not allowed', async () => {
    const answer = await ask('listConnectorEvents', { params: { connectorId: 'c1' }, as: edgar });

    expect(answer).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });

  it('given the cursor of one connector, when it is used for another, then it is refused', async () => {
    const { services, wait } = testContext({ connectors: [aConnector()] });
    for (const _ of [1, 2]) {
      await services.events.record(aHappening());
      wait(1);
    }
    const asked = { query: { limit: '1' }, services };
    const { json } = await ask('listConnectorEvents', { ...asked, params: { connectorId: 'c1' } });

    const borrowed = await ask('listConnectorEvents', {
      params: { connectorId: 'c2' },
      query: new URL(json.nextLink).search,
      services,
    });

    expect(borrowed).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it('given an event of the tenant as a whole, when tenant events are listed, then it names no connector', async () => {
    const { services } = testContext();
    await ask('createWebhook', {
      body: { url: 'https://hooks.example/in', events: ['*'] },
      services,
    });

    const { json } = await ask('listTenantEvents', { services });

    expect(json.items).toMatchObject([{ type: 'webhook.created', tenantId: ada.tenantId }]);
    expect(json.items[0]).not.toHaveProperty('connectorId');
  });
});

function fail(error: unknown): never {
  throw error;
}
