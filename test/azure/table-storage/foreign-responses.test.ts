/** Responses that a proxy sends in place of Table Storage, read by the client of all table adapters. */
import { createHttpHeaders, defaultRetryPolicy } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import { StorageClock } from '../../../functions/azure/table-storage/storage-clock';
import { openTable } from '../../../functions/azure/table-storage/table-client';

const connectionString =
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;TableEndpoint=https://a.example/;';
const identity = { getToken: () => Promise.reject(new Error('A key needs no token.')) };

/** A client that always gets this response. Its retries wait for milliseconds only. */
function tableBehind(
  status: number,
  body: string,
  headers: Record<string, string> = {},
  clock?: StorageClock,
) {
  const table = openTable(connectionString, 'connectors', identity, clock);
  const { pipeline } = table;
  pipeline.removePolicy({ name: 'defaultRetryPolicy' });
  pipeline.addPolicy(defaultRetryPolicy({ maxRetries: 1, retryDelayInMs: 1 }), { phase: 'Retry' });
  pipeline.addPolicy(
    {
      name: 'proxy',
      sendRequest: async (request) => ({
        request,
        status,
        headers: createHttpHeaders({ 'content-type': 'application/json', ...headers }),
        bodyAsText: body,
      }),
    },
    {
      afterPhase: 'Retry',
      afterPolicies: ['mapBrokenResponses', 'readStorageTime', 'countAttempts'],
    },
  );
  return table;
}

const row = { partitionKey: 'p', rowKey: 'r' };
const operations: Readonly<Record<string, (table: TableClient) => Promise<unknown>>> = {
  list: (table) => table.listEntities().next(),
  get: (table) => table.getEntity('p', 'r'),
  create: (table) => table.createEntity(row),
  delete: (table) => table.deleteEntity('p', 'r'),
  transaction: (table) => table.submitTransaction([['create', row]]),
};

describe.each([
  [200, '<html>Welcome</html>'],
  [200, '{}'],
  [204, ''],
  [404, '<html>Not found</html>'],
  [409, '{}'],
])('a response of a proxy with status %i and %j', (status, body) => {
  it.each(Object.keys(operations))('is an outage for %s', async (operation) => {
    const result = operations[operation]!(tableBehind(status, body));

    await expect(result).rejects.toMatchObject({ code: 'storage_unavailable', retryable: true });
  });
});

it('believes an empty list of storage', async () => {
  const table = tableBehind(200, '{"value":[]}', { 'x-ms-request-id': 'r1' });

  expect(await table.listEntities().next()).toMatchObject({ done: true });
});

it('does not set the clock by a proxy', async () => {
  const clock = new StorageClock();
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const table = tableBehind(200, '{}', { date }, clock);

  const results = await Promise.allSettled([1, 2, 3].map(() => table.getEntity('p', 'r')));

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(clock.now().getTime() - Date.now()).toBeLessThan(60_000);
});
