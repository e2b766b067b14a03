/** Failure scenarios inside responses of Data Factory. */
import { z } from 'zod';
import { scenario } from '../../../infra/local/resource-manager/scenarios';
import { EntraAccessCheck } from '../../../functions/azure/entra/access-check';
import { Secret } from '../../../functions/secrets/secret';
import {
  startManager,
  reader,
  stranger,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

const secretOf = (oid: string) => new Secret(tokenFor(oid).replace('Bearer ', ''));

let azure: ManagerClient;
beforeEach(async () => {
  azure = await startManager();
  azure.manager.generateFactory({ name: 'large', pipelines: 120, datasets: 60 });
});
afterEach(() => azure.stop());

describe('a scenario of the Resource Manager emulator', () => {
  it('fails the second page of one list only', async () => {
    azure.manager.scenarios.add({
      scenario: 'page-fails',
      factory: 'LARGE',
      list: 'pipeline',
      page: 2,
      status: 500,
    });

    const pipelines = await follow('pipelines');
    const datasets = await follow('datasets');

    expect(pipelines).toEqual([200, 500]);
    expect(datasets).toEqual([200, 200]);
  });

  it('forbids one kind only', async () => {
    azure.manager.scenarios.add({ scenario: 'list-forbidden', factory: 'large', list: 'dataset' });

    const datasets = await azure.get('large/datasets');

    expect(datasets).toMatchObject({
      status: 403,
      body: { error: { code: 'AuthorizationFailed' } },
    });
    expect(datasets.body.error.message).toContain('factories/datasets/read');
    expect(await follow('pipelines')).toEqual([200, 200, 200]);
  });

  it('repeats the link of the second page', async () => {
    azure.manager.scenarios.add({ scenario: 'next-link-repeats', list: 'pipeline', page: 2 });

    const first = await azure.get('large/pipelines');
    const second = await azure.request('GET', first.body.nextLink);

    expect(second.body.nextLink).toBe(first.body.nextLink);
  });

  it('links a page to another host', async () => {
    azure.manager.scenarios.add({ scenario: 'next-link-strays', list: 'pipeline' });

    const { body } = await azure.get('large/pipelines');

    expect(new URL(body.nextLink).host).toBe('stray.example');
  });

  it('returns an empty page with a link to its items', async () => {
    azure.manager.scenarios.add({ scenario: 'page-empty', list: 'pipeline', page: 2 });
    const sizes: number[] = [];

    for (let next: string | undefined = (await azure.get('large/pipelines')).body.nextLink; next;) {
      const { body } = await azure.request('GET', next);
      sizes.push(body.value.length);
      next = body.nextLink;
    }

    expect(sizes).toEqual([0, 50, 20]);
  });

  it('ends after its count', async () => {
    azure.manager.scenarios.add({ scenario: 'page-fails', list: 'dataset', status: 503, count: 2 });

    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await azure.get('large/datasets')).status);

    expect(statuses).toEqual([503, 503, 200]);
    expect(azure.manager.scenarios.list()).toEqual([]);
  });

  it('hides a factory from one discovery', async () => {
    azure.manager.hideFromResourceGraph('large', 1);

    const discoveries = [await discovered(), await discovered()];
    const read = await azure.get('large');

    expect(discoveries).toEqual([['orders-factory'], ['large', 'orders-factory']]);
    expect(read.status).toBe(200);
  });

  it('responds with 404 to every request for a vanished factory', async () => {
    azure.manager.scenarios.add({ scenario: 'factory-vanishes', factory: 'large' });

    const responses = [await azure.get('large'), await azure.get('large/pipelines')];

    expect(responses.map(({ status, body }) => [status, body.error.code])).toEqual([
      [404, 'ResourceNotFound'],
      [404, 'ResourceNotFound'],
    ]);
  });

  it('returns an empty first page of subscriptions, which the product follows', async () => {
    azure.manager.scenarios.add({
      scenario: 'discovery-page-empty',
      list: 'subscriptions',
      count: 2,
    });
    const urls = { resourceManagerUrl: azure.manager.url, graphUrl: azure.manager.url };
    const check = new EntraAccessCheck(urls);

    const { body } = await azure.request('GET', '/subscriptions?api-version=2022-12-01');
    const next = await azure.request('GET', body.nextLink);
    await check.assertSubscriptionAccess(secretOf(reader));

    expect([body.value, next.body.value.length]).toEqual([[], 3]);
    await expect(check.assertSubscriptionAccess(secretOf(stranger))).rejects.toMatchObject({
      code: 'access_denied_arm',
    });
  });

  it('returns an empty first page of Resource Graph', async () => {
    azure.manager.scenarios.add({ scenario: 'discovery-page-empty', list: 'resource-graph' });
    const page = ($skipToken?: string) =>
      azure.request('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01', {
        body: { query: 'resources | project id', options: { ...($skipToken && { $skipToken }) } },
      });

    const first = await page();
    const second = await page(first.body.$skipToken);

    expect([first.body.data, second.body.data.length]).toEqual([[], 2]);
  });

  it('repeats the continuation token of runs', async () => {
    azure.manager.scenarios.add({ scenario: 'continuation-repeats' });

    const first = await queryRuns();
    const second = await queryRuns(first.body.continuationToken);

    expect(second.status).toBe(200);
    expect(second.body.continuationToken).toBe(first.body.continuationToken);
  });

  it('rejects the continuation token of runs', async () => {
    azure.manager.scenarios.add({ scenario: 'continuation-refused', count: 1 });

    const first = await queryRuns();
    const refused = await queryRuns(first.body.continuationToken);
    const again = await queryRuns(first.body.continuationToken);

    expect([first, refused, again].map(({ status }) => status)).toEqual([200, 400, 200]);
  });

  it('rejects an invalid scenario', () => {
    const add = () => azure.manager.scenarios.add({ scenario: 'sneeze' } as never);

    expect(add).toThrow(/scenario/);
    expect(z.toJSONSchema(scenario, { io: 'input' }).oneOf).toHaveLength(10);
  });

  async function follow(segment: string): Promise<number[]> {
    const statuses: number[] = [];
    let response = await azure.get(`large/${segment}`);
    statuses.push(response.status);
    while (response.body.nextLink) {
      response = await azure.request('GET', response.body.nextLink);
      statuses.push(response.status);
    }
    return statuses;
  }

  const now = Date.now();

  const queryRuns = (continuationToken?: string) =>
    azure.query('large/queryPipelineRuns', {
      lastUpdatedAfter: new Date(now - 40 * 86_400_000).toISOString(),
      lastUpdatedBefore: new Date(now).toISOString(),
      continuationToken,
    });

  async function discovered(): Promise<string[]> {
    const { body } = await azure.request(
      'POST',
      '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01',
      { as: reader, body: { query: 'resources | project name | order by name asc' } },
    );
    return body.data.map(({ name }: any) => name);
  }
});
