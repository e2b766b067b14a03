/** The largest bodies that the schemas accept are stored, with their events, and read unchanged. */
import type { TableClient } from '@azure/data-tables';
import { tableStores } from '../../../functions/azure/tables/stores';
import { tableNames, type TableName } from '../../../functions/azure/tables/table-names';
import { owner } from '../../support/builders';
import { callEndpoint, type EndpointName } from '../../support/call-endpoint';
import { testContext } from '../../support/context';
import { useStorage } from '../../support/storage';

const storage = useStorage();

/** Services on empty tables of the product, and a connector. */
async function setUp() {
  const tables = new Map<TableName, TableClient>();
  for (const name of tableNames) tables.set(name, await storage.newTable());
  const stores = tableStores((name) => tables.get(name)!);
  const { services } = testContext({ stores });
  const connector = await services.connectors.create(owner, {
    name: 'x'.repeat(100),
    type: 'azure-data-factory',
  });
  return { stores, services, params: { connectorId: connector.id } };
}

/** A hundred rules with almost 15,000 characters of JSON. */
function rules(letter: string) {
  const list = (length: number) =>
    Array.from({ length: 100 }, () => ({ tag: { name: letter, value: letter.repeat(length) } }));
  return list(Math.floor((15_000 - JSON.stringify(list(0)).length) / 100));
}

describe('filters', () => {
  it('are stored with the event of their change', async () => {
    const { services, stores, params } = await setUp();
    const change = (filters: object) =>
      callEndpoint('updateConnector', {
        services,
        params,
        headers: { 'if-match': '*' },
        body: { filters },
      });
    const before = { include: rules('a'), exclude: rules('b') };
    const after = { include: rules('c'), exclude: rules('d') };

    const statuses = [await change(before), await change(after)].map(({ status }) => status);
    const { json } = await callEndpoint('getConnector', { services, params });
    for await (const { event } of stores.outbox.listPending(new Date(Date.now() + 60_000)))
      await stores.eventStore.append(event);
    const { items } = await stores.eventStore.list({ tenantId: owner.tenantId }, { limit: 1 });

    expect(statuses).toEqual([200, 200]);
    expect(json.filters).toEqual(after);
    expect(items[0]).toMatchObject({
      type: 'connector.updated',
      data: { changes: { filters: expect.anything() } },
    });
  });
});

const guids = Array.from(
  { length: 100 },
  (_, n) => `fabba000-0000-4000-8000-${String(n).padStart(12, '0')}`,
);
const everyFiveMinutes = Array.from({ length: 12 }, (_, n) => n * 5).join(',');

describe('the largest body', () => {
  it.each<[EndpointName, object]>([
    ['createConnector', { name: '漢'.repeat(100) }],
    [
      'replaceSchedule',
      {
        kind: 'cron',
        expression: `${everyFiveMinutes} 0,1,2,3,4,5,6,7,8,9,10,11 1,2,3,4,5,6,7,8,9 * *`,
        timeZone: 'America/Argentina/ComodRivadavia',
      },
    ],
    [
      'createWebhook',
      {
        url: `https://hooks.example/${'x'.repeat(1_978)}`,
        events: Array.from({ length: 50 }, () => 'connector.disconnected'),
        description: '漢'.repeat(200),
      },
    ],
    ['startOAuthSession', { loginHint: 'x'.repeat(254) }],
    ['replaceAllowedTenants', { tenantIds: guids }],
  ])('of %s is stored', async (name, body) => {
    const { services, params } = await setUp();

    const { status, json } = await callEndpoint(name, {
      services,
      params,
      headers: { 'if-match': '*' },
      body,
    });

    expect(json).not.toHaveProperty('code');
    expect(status).toBeLessThan(300);
  });
});
