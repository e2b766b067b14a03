/** Pages of run queries. */
import { ArmRunReader } from '../../../functions/azure/resource-manager/run-reader';
import type { Json } from '../../../functions/data-factory/json';

const connector = { tenantId: 't', connectorId: 'c1' };
const factory = { subscriptionId: 's1', resourceGroup: 'g', name: 'sales' };
const window = { after: '2026-11-01T00:00:00Z', before: '2026-11-02T00:00:00Z' };

const read = (response: Json) =>
  new ArmRunReader({ post: async () => response }).readRuns(connector, factory, 'pipeline', window);

describe('ArmRunReader.readRuns', () => {
  it('continues after an empty page', async () => {
    const page = await read({ value: [], continuationToken: 'a' });

    expect(page).toEqual({ runs: [], continuation: 'a' });
  });

  it.each<Json>([
    { value: [] },
    { value: [], continuationToken: null },
    { value: [], continuationToken: '' },
  ])('ends with %j', async (response) => {
    expect(await read(response)).toEqual({ runs: [] });
  });

  it.each<Json>([
    null,
    {},
    { value: {} },
    { value: [], continuationToken: 7 },
    { value: [], continuationToken: {} },
  ])('refuses %j', async (response) => {
    await expect(read(response)).rejects.toMatchObject({ code: 'run_query_malformed' });
  });
});
