import { callEndpoint } from '../support/call-endpoint';
import {
  aConnectedConnector,
  aConnector,
  owner,
  viewer,
  ownerOfOtherTenant,
} from '../support/builders';
import { testContext } from '../support/context';

const params = { connectorId: 'c1' };

describe('createConnector', () => {
  it('creates an unconnected connector owned by the caller', async () => {
    const response = await callEndpoint('createConnector', { body: { name: '  Sales ' } });

    expect(response).toMatchObject({
      status: 201,
      headers: { Location: '/api/connectors/id-0001', ETag: '"v1"' },
      json: {
        id: 'id-0001',
        name: 'Sales',
        type: 'azure-data-factory',
        connectedWith: null,
        credentialOwner: { objectId: owner.objectId, displayName: 'Ada Lovelace' },
        status: 'unconnected',
        connectionExpiresAt: null,
      },
    });
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'a\u0000b' }, '/name'],
    [{ name: 7 }, '/name'],
    [{}, '/name'],
    [{ name: 'Sales', type: 'snowflake' }, '/type'],
    [{ name: 'Sales', connectedWith: 'magic' }, '/connectedWith'],
    [{ name: 'Sales', tenantId: ownerOfOtherTenant.tenantId }, '/tenantId'],
    [{ name: 'Sales', 'a/b~c': 1 }, '/a~1b~0c'],
  ])('rejects %j with a violation at %s', async (body, pointer) => {
    const response = await callEndpoint('createConnector', { body });

    expect(response).toMatchObject({
      status: 400,
      json: { code: 'invalid_body', errors: [{ pointer }] },
    });
  });

  it('rejects a name of 101 characters', async () => {
    const response = await callEndpoint('createConnector', { body: { name: 'x'.repeat(101) } });

    expect(response).toMatchObject({ status: 400, json: { errors: [{ pointer: '/name' }] } });
  });

  it('rejects a taken name in another case', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('createConnector', { services, body: { name: 'SALES' } });

    expect(response).toMatchObject({ status: 409, json: { code: 'connector_name_taken' } });
  });

  it('accepts a name that another tenant uses', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('createConnector', {
      services,
      as: ownerOfOtherTenant,
      body: { name: 'Sales' },
    });

    expect(response.status).toBe(201);
  });

  it('forbids Viewers', async () => {
    const response = await callEndpoint('createConnector', { as: viewer, body: { name: 'Sales' } });

    expect(response).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });
});

describe('getConnector', () => {
  it('returns a connected connector without its secret', async () => {
    const { services } = testContext({ connectors: [aConnectedConnector()] });

    const response = await callEndpoint('getConnector', { services, params });

    expect(response).toMatchObject({
      status: 200,
      headers: { ETag: '"v1"' },
      json: {
        connectedWith: 'oauth',
        status: 'connected',
        connectionExpiresAt: '2026-04-15T12:00:00.000Z',
        connectionExpiresAtSource: 'refresh_token_sliding',
        account: { username: 'ada@contoso.example' },
        credentials: { grant: { set: true } },
      },
    });
    expect(JSON.stringify(response.json)).not.toContain('cn-c1-grant');
  });

  it.each(['getConnector', 'listConnectors'] as const)(
    'masks every name of the account for Viewers in %s',
    async (name) => {
      const connected = aConnectedConnector();
      const names = { displayName: 'Ada Lovelace', userId: 'ada@contoso.example' };
      const { services } = testContext({
        connectors: [{ ...connected, account: { ...connected.account!, ...names } }],
      });

      const [viewed, owned] = await Promise.all(
        [viewer, owner].map((as) =>
          callEndpoint(name, { services, as, ...(name === 'getConnector' && { params }) }),
        ),
      );

      const [shown] = viewed!.json.items ?? [viewed!.json];
      expect(shown.account).toMatchObject({
        username: 'a***@contoso.example',
        userId: 'a***@contoso.example',
        displayName: 'A***',
      });
      expect(JSON.stringify(viewed!.json)).not.toMatch(/ada@|Lovelace/);
      expect(JSON.stringify(owned!.json)).toMatch(/ada@.*Lovelace/);
    },
  );

  it('shows Viewers an owner of a credential who is not its account', async () => {
    const objectId = 'c0c0a000-0000-4000-8000-000000000099';
    const connected = aConnectedConnector({ credentialOwner: { objectId, displayName: 'Grace' } });
    const { services } = testContext({ connectors: [connected] });

    const response = await callEndpoint('getConnector', { services, as: viewer, params });

    expect(response.json.credentialOwner).toEqual({ objectId, displayName: 'Grace' });
  });

  it('returns an expired status after the expiry date', async () => {
    const { services, wait } = testContext({ connectors: [aConnectedConnector()] });
    wait(91 * 86_400);

    const response = await callEndpoint('getConnector', { services, params });

    expect(response.json.status).toBe('connection_expired');
  });

  it.each([
    ['of another tenant', ownerOfOtherTenant, 'c1'],
    ['unknown', owner, 'c2'],
  ])('does not find an id %s', async (_, as, id) => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('getConnector', {
      services,
      as,
      params: { connectorId: id },
    });

    expect(response).toMatchObject({ status: 404, json: { code: 'connector_not_found' } });
  });

  it('rejects an id with characters outside of row keys', async () => {
    const response = await callEndpoint('getConnector', {
      params: { connectorId: "x' or 1 eq 1" },
    });

    expect(response).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '?connectorId' }] },
    });
  });
});

describe('listConnectors', () => {
  const many = Array.from({ length: 5 }, (_, n) => aConnector({ id: `c${n}`, name: `Sales ${n}` }));

  it('returns each connector on one page only', async () => {
    const { services } = testContext({ connectors: many });

    const seen: string[] = [];
    let query: string | undefined = 'limit=2&q=sales';
    while (query !== undefined) {
      const { json }: { json: any } = await callEndpoint('listConnectors', { services, query });
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      query = json.nextLink && new URL(json.nextLink).search.slice(1);
    }

    expect(seen).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  it('filters by status', async () => {
    const connected = aConnectedConnector({ id: 'c9', name: 'Stock' });
    const { services } = testContext({ connectors: [...many, connected] });

    const { json } = await callEndpoint('listConnectors', {
      services,
      query: { status: 'connected' },
    });

    expect(json.items).toMatchObject([{ id: 'c9' }]);
  });

  it.each([
    ['forged', (link: string) => `${link}x`],
    ['continued', (link: string) => `${link}.x`],
    ['made for another filter', (link: string) => link.replace('q=sales', 'q=s')],
  ])('rejects a cursor that is %s', async (_, change) => {
    const { services } = testContext({ connectors: many });
    const { json } = await callEndpoint('listConnectors', { services, query: 'limit=2&q=sales' });

    const query = change(new URL(json.nextLink).search.slice(1));
    const response = await callEndpoint('listConnectors', { services, query });

    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it('rejects a cursor of another tenant', async () => {
    const { services } = testContext({ connectors: many });
    const { json } = await callEndpoint('listConnectors', { services, query: 'limit=2' });

    const query = new URL(json.nextLink).search.slice(1);
    const response = await callEndpoint('listConnectors', {
      services,
      query,
      as: ownerOfOtherTenant,
    });

    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'status=dead', 'order=name'])(
    'rejects ?%s with a violation',
    async (query) => {
      const response = await callEndpoint('listConnectors', { query });

      expect(response.status).toBe(400);
      expect(response.json.errors[0].pointer).toBe(`?${query.split('=')[0]}`);
    },
  );
});

describe('updateConnector', () => {
  const headers = { 'if-match': '"v1"' };

  it('renames the connector and raises its version', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('updateConnector', {
      services,
      params,
      headers,
      body: { name: 'EU' },
    });

    expect(response).toMatchObject({
      status: 200,
      headers: { ETag: '"v2"' },
      json: { name: 'EU' },
    });
  });

  it('requires If-Match', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('updateConnector', {
      services,
      params,
      body: { name: 'EU' },
    });

    expect(response).toMatchObject({ status: 428, json: { code: 'if_match_missing' } });
  });

  it('succeeds although a sync was recorded meanwhile', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    const lastStartedAt = '2026-01-15T12:00:00.000Z';
    const summary = { lastSyncRunId: 'r1', lastStatus: 'succeeded', lastStartedAt };
    await services.connectors.recordSync(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      () => summary,
    );

    const response = await callEndpoint('updateConnector', {
      services,
      params,
      headers,
      body: { name: 'EU' },
    });

    expect(response).toMatchObject({
      status: 200,
      json: { name: 'EU', sync: { lastSyncRunId: 'r1' } },
    });
  });
});
