/** List and get operations of Data Factory, for the product and for the Azure SDK. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFactoryManagementClient } from '@azure/arm-datafactory';
import { sample } from '../../../infra/local/seed/sample';
import {
  startManager,
  fixtureFactories,
  reader,
  sampleGroup,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

let azure: ManagerClient;
beforeAll(async () => {
  azure = await startManager();
  azure.manager.generateFactory({ name: 'large', pipelines: 120, datasets: 50 });
});
afterAll(() => azure.stop());

describe('a list', () => {
  it('returns 120 pipelines once in pages of 50', async () => {
    const sizes: number[] = [];
    const names = new Set<string>();
    let next: string | undefined = `${sampleGroup}${pipelinesOf('large')}`;
    while (next) {
      const page = await azure.request('GET', next);
      sizes.push(page.body.value.length);
      for (const { name } of page.body.value) names.add(name);
      next = page.body.nextLink;
    }

    expect(sizes).toEqual([50, 50, 20]);
    expect(names.size).toBe(120);
  });

  it('has no link after exactly 50 datasets', async () => {
    const page = await azure.get('large/datasets');

    expect(page.body.value).toHaveLength(50);
    expect(page.body.nextLink).toBeUndefined();
  });

  it('returns the properties of the file', async () => {
    const file = join(fixtureFactories, 'git-layout/pipeline/Load orders.json');
    const source = JSON.parse(readFileSync(file, 'utf8'));

    const { body } = await azure.get('orders-factory/pipelines');

    expect(body.value[0]).toEqual({
      id: `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory/pipelines/Load orders`,
      name: 'Load orders',
      type: 'Microsoft.DataFactory/factories/pipelines',
      etag: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      properties: source.properties,
    });
  });

  it.each([
    ['pipelines', 2],
    ['datasets', 1],
    ['linkedservices', 1],
    ['dataflows', 1],
    ['triggers', 1],
    ['integrationRuntimes', 1],
    ['globalParameters', 1],
    ['credentials', 1],
    ['managedVirtualNetworks', 1],
    ['managedVirtualNetworks/default/managedPrivateEndpoints', 1],
    ['adfcdcs', 1],
  ])('of %s returns %i', async (segment, length) => {
    const { status, body } = await azure.get(`orders-factory/${segment}`);

    expect(status).toBe(200);
    expect(body.value).toHaveLength(length);
  });

  it('accepts paths in any case', async () => {
    const path = `${sampleGroup}${pipelinesOf('ORDERS-FACTORY')}`.replace(
      'resourceGroups',
      'RESOURCEgroups',
    );

    const { status, body } = await azure.request('GET', path);

    expect(status).toBe(200);
    expect(body.value).toHaveLength(2);
  });

  it('has headers for remaining requests and request id', async () => {
    const { headers } = await azure.get('orders-factory/pipelines', {
      'x-ms-correlation-request-id': 'mine',
    });

    expect(Number(headers.get('x-ms-ratelimit-remaining-subscription-reads'))).toBeGreaterThan(0);
    expect(headers.get('x-ms-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get('x-ms-correlation-request-id')).toBe('mine');
  });

  it('supports the client of the Azure SDK', async () => {
    const credential = {
      getToken: async () => ({
        token: tokenFor(reader).slice('Bearer '.length),
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
    };
    const client = new DataFactoryManagementClient(
      credential,
      sample.contoso.subscription.subscriptionId,
      { endpoint: azure.manager.url, credentialScopes: [] },
    );

    const names: unknown[] = [];
    for await (const { name } of client.pipelines.listByFactory(
      sample.contoso.resourceGroup,
      'large',
    ))
      names.push(name);

    expect(names).toHaveLength(120);
  });
});

describe('a get', () => {
  it('responds with 304 to a matching etag', async () => {
    const { body } = await azure.get('orders-factory/pipelines');
    const [{ etag }] = body.value;

    const bare = await azure.get('orders-factory/pipelines/load%20ORDERS', {
      'if-none-match': etag,
    });
    const quoted = await azure.get('orders-factory/pipelines/Load%20orders', {
      'if-none-match': `"${etag}"`,
    });

    expect([bare, quoted].map(({ status }) => status)).toEqual([304, 304]);
    expect(bare.body).toBeUndefined();
  });

  it('returns the resource for another etag', async () => {
    const { status, body } = await azure.get('orders-factory/datasets/Orders', {
      'if-none-match': 'old',
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'Orders', properties: { type: 'AzureSqlTable' } });
  });

  it('returns the factory file with a quoted etag', async () => {
    const { body } = await azure.get('orders-factory');

    expect(body).toMatchObject({
      id: `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory`,
      type: 'Microsoft.DataFactory/factories',
      location: 'northeurope',
      tags: { team: 'orders' },
      identity: { type: 'SystemAssigned' },
      eTag: expect.stringMatching(/^"[\da-f-]{36}"$/),
    });
  });

  it('reports the node of a self-hosted integration runtime', async () => {
    const { body } = await azure.query(
      'orders-factory/integrationRuntimes/Cellar/getStatus',
      undefined,
    );

    expect(body.properties).toMatchObject({ type: 'SelfHosted', state: 'Online' });
    expect(body.properties.typeProperties.nodes).toHaveLength(1);
  });
});

describe('an invalid request', () => {
  it.each([
    ['a factory that is not there', 'nowhere/pipelines', 404, 'ResourceNotFound'],
    ['a pipeline that is not there', 'orders-factory/pipelines/None', 404, 'NotFound'],
    [
      'a network that is not there',
      'orders-factory/managedVirtualNetworks/x/managedPrivateEndpoints',
      404,
      'NotFound',
    ],
    [
      'an operation that is not implemented',
      'orders-factory/privateEndPointConnections',
      501,
      'NotImplemented',
    ],
  ])('fails with the error of Azure: %s', async (_, path, status, code) => {
    const response = await azure.get(path);

    expect(response).toMatchObject({ status, body: { error: { code } } });
  });

  it('fails for a path that cannot be decoded', async () => {
    const { status, body } = await azure.get('orders-factory/pipelines/%E0%A4%A');

    expect([status, body.error.code]).toEqual([400, 'InvalidRequestUri']);
  });

  it.each([
    ['no api-version', '', 'MissingApiVersionParameter'],
    ['an unknown api-version', '?api-version=2017-09-01', 'InvalidApiVersionParameter'],
    ['an invented token', '?api-version=2018-06-01&$skiptoken=abc', 'InvalidSkipToken'],
  ])('fails for %s', async (_, query, code) => {
    const path = `${sampleGroup}${pipelinesOf('large')}`.split('?')[0];

    const response = await azure.request('GET', path + query);

    expect(response).toMatchObject({ status: 400, body: { error: { code } } });
  });
});

const pipelinesOf = (factory: string) =>
  `/providers/Microsoft.DataFactory/factories/${factory}/pipelines?api-version=2018-06-01`;
