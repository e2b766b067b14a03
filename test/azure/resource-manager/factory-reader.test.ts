import { ArmFactoryReader } from '../../../functions/azure/resource-manager/factory-reader';
import { listedKinds } from '../../../functions/data-factory/resource';
import type { Json } from '../../../functions/data-factory/json';
import { NotFoundError, RefusedError } from '../../../functions/errors/app-error';

const connector = { tenantId: 't', connectorId: 'c1' };
const factory = { subscriptionId: 's1', resourceGroup: 'g', name: 'sales' };
const idOf = (name: string, subscription = 's1') =>
  `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.DataFactory/factories/${name}`;
const row = (name: string) => ({ id: idOf(name), tags: {} });
const denied = new RefusedError('resource_manager_access_denied', 'No.');

/** Responses of Resource Graph in order, and of GET requests by path. An error is thrown. */
function readerOf(graph: readonly (Json | Error)[], lists: Readonly<Record<string, Json | Error>>) {
  const pages = [...graph];
  const tokens: unknown[] = [];
  const respond = async (response: Json | Error | undefined) => {
    if (response instanceof Error || response === undefined) throw response ?? new Error('no page');
    return response;
  };
  const reader = new ArmFactoryReader({
    get: async (_connector, link) => respond(lists[link.split('?')[0]!]),
    post: async (_connector, _path, body) => {
      tokens.push((body as any).options.$skipToken);
      return respond(pages.shift());
    },
  });
  return { reader, tokens };
}

const discover = async (
  graph: readonly (Json | Error)[],
  lists: Readonly<Record<string, Json | Error>> = {},
) => {
  const { reader, tokens } = readerOf(graph, lists);
  const names = reader.discover(connector).then((found) => found.map(({ name }) => name));
  return { names: await names, tokens };
};

describe('ArmFactoryReader.readPage', () => {
  it('asks for the factory and its networks once for all kinds', async () => {
    const asked: string[] = [];
    const reader = new ArmFactoryReader({
      get: async (_connector, link) => {
        asked.push(link.split('?')[0]!.slice(idOf('sales').length));
        return link.startsWith(`${idOf('sales')}?`) ? { name: 'sales' } : { value: [] };
      },
      post: async () => null,
    });
    const shared = new Map<string, Promise<Json>>();

    await Promise.all(
      listedKinds.map((kind) => reader.readPage(connector, factory, kind, undefined, shared)),
    );

    expect(asked).toHaveLength(11);
    expect(new Set(asked).size).toBe(11);
  });
});

describe('ArmFactoryReader.discover', () => {
  it('follows the token of an empty page', async () => {
    const { names, tokens } = await discover([
      { data: [], $skipToken: 'a', resultTruncated: 'true' },
      { data: [row('sales')], $skipToken: 'b' },
      { data: [row('stock')], resultTruncated: 'false' },
    ]);

    expect(names).toEqual(['sales', 'stock']);
    expect(tokens).toEqual([undefined, 'a', 'b']);
  });

  it.each<[string, Json[], string]>([
    ['has no data', [{ count: 0 }], 'resource_graph_incomplete'],
    ['is null', [null], 'resource_graph_incomplete'],
    ['is cut', [{ data: [row('sales')], resultTruncated: 'true' }], 'resource_graph_incomplete'],
    [
      'leads back two pages',
      ['a', 'b', 'a'].map(($skipToken) => ({ data: [], $skipToken })),
      'resource_graph_page_loop',
    ],
  ])('refuses a result that %s', async (_, pages, code) => {
    await expect(discover(pages)).rejects.toMatchObject({ code });
  });

  it('lists by subscription if Resource Graph is denied', async () => {
    const list = (subscription: string) =>
      `/subscriptions/${subscription}/providers/Microsoft.DataFactory/factories`;
    const subscriptions = ['s1', 's2', 's3', 's4'].map((subscriptionId) => ({ subscriptionId }));
    const { names } = await discover([denied], {
      '/subscriptions': { value: [], nextLink: '/more' },
      '/more': { value: subscriptions },
      [list('s1')]: { value: [], nextLink: '/s1-more' },
      '/s1-more': { value: [row('sales')] },
      [list('s2')]: denied,
      [list('s3')]: new NotFoundError('resource_manager_not_found', 'SubscriptionNotFound.'),
      [list('s4')]: { value: [] },
    });

    expect(names).toEqual(['sales']);
  });
});

describe('ArmFactoryReader.readPage', () => {
  it('accepts the factory in another case', async () => {
    const body = { name: 'SALES', properties: {} };
    const { reader } = readerOf([], { [idOf('sales')]: body });

    expect(await reader.readPage(connector, factory, 'factory')).toEqual({ items: [body] });
  });

  it.each<[string, Json]>([
    ['an empty object', {}],
    ['null', null],
    ['a text', 'Sign in to the network'],
    ['another factory', { name: 'stock' }],
  ])('refuses %s as the factory', async (_, body) => {
    const { reader } = readerOf([], { [idOf('sales')]: body });

    await expect(reader.readPage(connector, factory, 'factory')).rejects.toMatchObject({
      code: 'factory_malformed',
    });
  });

  it.each<[string, Json]>([
    ['a number', 2],
    ['an object', { href: '/more' }],
    ['true', true],
  ])('refuses a list whose next link is %s', async (_, nextLink) => {
    const list = { value: [{ name: 'a' }], nextLink };
    const { reader } = readerOf([], { [`${idOf('sales')}/pipelines`]: list });

    await expect(reader.readPage(connector, factory, 'pipeline')).rejects.toMatchObject({
      code: 'list_malformed',
    });
  });

  it.each<[string, Json]>([
    ['null', null],
    ['empty', ''],
  ])('ends a list whose next link is %s', async (_, nextLink) => {
    const list = { value: [{ name: 'a' }], nextLink };
    const { reader } = readerOf([], { [`${idOf('sales')}/pipelines`]: list });

    expect(await reader.readPage(connector, factory, 'pipeline')).toEqual({ items: list.value });
  });

  it('continues after an empty page of virtual networks and endpoints', async () => {
    const networks = `${idOf('sales')}/managedVirtualNetworks`;
    const endpoints = `${networks}/default/managedPrivateEndpoints`;
    const { reader } = readerOf([], {
      [networks]: { value: [], nextLink: '/networks' },
      '/networks': { value: [{ name: 'default' }] },
      [endpoints]: { value: [], nextLink: endpoints.replace('/s1/', '/S1/') },
      [endpoints.replace('/s1/', '/S1/')]: { value: [{ name: 'pe' }] },
    });

    const first = await reader.readPage(connector, factory, 'managedPrivateEndpoint');
    const { cursor = [] } = first;
    const second = await reader.readPage(connector, factory, 'managedPrivateEndpoint', cursor);

    expect(first.items).toEqual([]);
    expect(second).toEqual({ items: [{ name: 'pe' }], parent: 'default' });
  });
});
