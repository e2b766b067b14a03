/** GraphPrincipalDirectory and the tokens of our app, against the Entra emulator. */
import { AppTokens } from '../../../functions/azure/entra/app-tokens';
import { GraphPrincipalDirectory } from '../../../functions/azure/entra/graph/principal-directory';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { sample } from '../../../infra/local/seed/sample';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';
import { ownAppOn } from '../../support/own-app';

const { tenantId, users } = sample.contoso;
let context: TestEmulatorContext;
let entra: Entra;
beforeEach(async () => {
  context = await testEmulatorContext();
  entra = await startEntra(context);
});
afterEach(async () => {
  await entra.stop();
  await context.remove();
});

const tokens = () =>
  new AppTokens({ entraUrl: entra.url, ownApp: ownAppOn(entra), now: () => new Date() });
const directory = () => new GraphPrincipalDirectory({ url: entra.graphUrl, tokens: tokens() });

describe('a principal', () => {
  it.each([
    ['a user by name', 'findUserByName', 'ada@contoso.example', users[0].objectId],
    ['a user by name in another case', 'findUserByName', 'ADA@contoso.example', users[0].objectId],
    ['a user by address', 'findUserByEmail', 'grace@contoso.example', users[1].objectId],
    [
      'a guest by address',
      'findUserByEmail',
      'zoe@fabrikam.example',
      sample.fabrikam.user.guestObjectId,
    ],
  ] as const)('is found: %s', async (_, find, value, objectId) => {
    expect(await directory()[find](tenantId, value)).toEqual({ outcome: 'found', objectId });
  });

  it('with a quote in its name is compared as text', async () => {
    const { objectId } = entra.registry.addUser({
      username: "o'hara@contoso.example",
      displayName: "O'Hara",
      tenantId,
    });

    const found = await directory().findUserByName(tenantId, "o'hara@contoso.example");
    const injected = await directory().findUserByName(
      tenantId,
      "x' or mail eq 'ada@contoso.example",
    );

    expect([found, injected]).toEqual([{ outcome: 'found', objectId }, { outcome: 'missing' }]);
  });

  it('is ambiguous if two groups have the name', async () => {
    entra.registry.addGroup({ tenantId, displayName: 'Analysts' });
    const first = await directory().findGroupByName(tenantId, 'Analysts');
    entra.registry.addGroup({ tenantId, displayName: 'analysts' });

    const second = await directory().findGroupByName(tenantId, 'Analysts');

    expect([first.outcome, second.outcome]).toEqual(['found', 'ambiguous']);
  });

  const id = users[0].objectId;
  const next = (page: number) => `${entra.graphUrl}/v1.0/users?$skiptoken=${page}`;
  it.each<[string, { status?: number; body: (page: number) => unknown }, object]>([
    [
      'an empty first page',
      {
        body: (page) =>
          page === 1 ? { value: [], '@odata.nextLink': next(2) } : { value: [{ id }] },
      },
      { outcome: 'found', objectId: id },
    ],
    [
      'a second object on the next page',
      {
        body: (page) =>
          page === 1
            ? { value: [{ id }], '@odata.nextLink': next(2) }
            : { value: [{ id: users[1].objectId }] },
      },
      { outcome: 'ambiguous' },
    ],
    [
      'the same object on two pages',
      { body: (page) => ({ value: [{ id }], ...(page === 1 && { '@odata.nextLink': next(2) }) }) },
      { outcome: 'found', objectId: id },
    ],
    [
      'a link to another host',
      { body: () => ({ value: [], '@odata.nextLink': 'https://elsewhere.example/users' }) },
      { outcome: 'unavailable' },
    ],
    [
      'pages without an end',
      { body: (page) => ({ value: [], '@odata.nextLink': next(page) }) },
      { outcome: 'unavailable' },
    ],
    ['a page of a proxy', { body: () => undefined }, { outcome: 'unavailable' }],
    ['a 404 of a proxy', { status: 404, body: () => undefined }, { outcome: 'unavailable' }],
    ['a 400 of a proxy', { status: 400, body: () => undefined }, { outcome: 'unavailable' }],
    [
      'a 400 of Graph',
      { status: 400, body: () => ({ error: { code: 'Request_BadRequest' } }) },
      { outcome: 'missing' },
    ],
  ])('is judged by all pages: %s', async (_, { status = 200, body }, expected) => {
    let page = 0;
    const graph = new GraphPrincipalDirectory({
      url: entra.graphUrl,
      tokens: tokens(),
      get: async () => ({ status, headers: new Headers(), body: body(++page) }),
    });

    expect(await graph.findUserByName(tenantId, 'ada')).toEqual(expected);
  });

  it('cannot be looked up without consent or permission', async () => {
    const elsewhere = await directory().findUserByName(sample.fabrikam.tenantId, 'zoe');
    entra.registry.changeApp(sample.home.oauthClientId, { graphRoles: [] });

    const without = await directory().findUserByName(tenantId, 'ada@contoso.example');

    expect([elsewhere.outcome, without.outcome]).toEqual(['not_permitted', 'not_permitted']);
  });
});

describe('the token of our app', () => {
  it('is requested once for a tenant and names its service principal', async () => {
    const cache = tokens();

    const [one, other] = await Promise.all([
      cache.get('resource-manager', tenantId),
      cache.get('resource-manager', tenantId),
    ]);

    expect(one.reveal()).toBe(other.reveal());
    const claims = JSON.parse(
      Buffer.from(one.reveal().split('.')[1]!, 'base64url').toString(),
    ) as Record<string, unknown>;
    expect(claims).toMatchObject({ oid: sample.home.oauthObjectIdAtContoso, tid: tenantId });
  });
});
