/** Clients of Table Storage that always get one response, and an operation of each kind. */
import { createHttpHeaders, defaultRetryPolicy } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import type { StorageClock } from '../../../functions/azure/table-storage/storage-clock';
import { openTable } from '../../../functions/azure/table-storage/table-client';

const connectionString =
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;TableEndpoint=https://a.example/;';
const identity = { getToken: () => Promise.reject(new Error('A key needs no token.')) };

/** A client that always gets this response. Its retries wait for milliseconds only. */
export function tableBehind(
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
      name: 'server',
      sendRequest: async (request) => ({
        request,
        status,
        headers: createHttpHeaders({ 'content-type': 'application/json', ...headers }),
        bodyAsText: body,
      }),
    },
    {
      afterPhase: 'Retry',
      afterPolicies: ['throwRefusals', 'mapBrokenResponses', 'readStorageTime', 'countAttempts'],
    },
  );
  return table;
}

const row = { partitionKey: 'p', rowKey: 'r' };
export const operations: Readonly<Record<string, (table: TableClient) => Promise<unknown>>> = {
  list: (table) => table.listEntities().next(),
  get: (table) => table.getEntity('p', 'r'),
  create: (table) => table.createEntity(row),
  delete: (table) => table.deleteEntity('p', 'r'),
  transaction: (table) => table.submitTransaction([['create', row]]),
};
