import { ask } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar, mallory } from '../support/builders';
import { testContext } from '../support/context';

const params = { connectorId: 'c1' };

describe('creating a connector', () => {
  it('given a name, when it is posted, then an unconnected connector of its creator is there', async () => {
    const answer = await ask('createConnector', { body: { name: '  Sales ' } });

    expect(answer).toMatchObject({
      status: 201,
      headers: { Location: '/api/connectors/id-0001', ETag: '"v1"' },
      json: {
        id: 'id-0001',
        name: 'Sales',
        type: 'azure-data-factory',
        connectedWith: null,
        credentialOwner: { objectId: ada.objectId, displayName: 'Ada Lovelace' },
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
    [{ name: 'Sales', tenantId: mallory.tenantId }, '/tenantId'],
    [{ name: 'Sales', 'a/b~c': 1 }, '/a~1b~0c'],
  ])('given %j, when it is posted, then the problem points at %s', async (body, pointer) => {
    const answer = await ask('createConnector', { body });

    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_body', errors: [{ pointer }] },
    });
  });

  it('given a name of 101 characters, when it is posted, then it is too long', async () => {
    const answer = await ask('createConnector', { body: { name: 'x'.repeat(101) } });

    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/name' }] } });
  });

  it('given a name that is taken, when it is posted in other case, then it conflicts', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('createConnector', { services, body: { name: 'SALES' } });

    expect(answer).toMatchObject({ status: 409, json: { code: 'connector_name_taken' } });
  });

  it('given a name of another tenant, when it is posted, then it is free', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('createConnector', { services, as: mallory, body: { name: 'Sales' } });

    expect(answer.status).toBe(201);
  });

  it('given a Viewer, when it is posted, then it is forbidden', async () => {
    const answer = await ask('createConnector', { as: edgar, body: { name: 'Sales' } });

    expect(answer).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });
});

describe('reading a connector', () => {
  it('given a connected connector, when it is read, then the columns of the page are there and no secret is', async () => {
    const { services } = testContext({ connectors: [aConnectedConnector()] });

    const answer = await ask('getConnector', { services, params });

    expect(answer).toMatchObject({
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
    expect(JSON.stringify(answer.json)).not.toContain('cn-c1-grant');
  });

  it('given a Viewer, when it is read, then the user name is masked', async () => {
    const { services } = testContext({ connectors: [aConnectedConnector()] });

    const answer = await ask('getConnector', { services, as: edgar, params });

    expect(answer.json.account.username).toBe('a***@contoso.example');
  });

  it('given an expiry that has passed, when it is read, then the connection has expired', async () => {
    const { services, wait } = testContext({ connectors: [aConnectedConnector()] });
    wait(91 * 86_400);

    const answer = await ask('getConnector', { services, params });

    expect(answer.json.status).toBe('connection_expired');
  });

  it.each([
    ['of another tenant', mallory, 'c1'],
    ['unknown', ada, 'c2'],
  ])('given an id %s, when it is read, then it is not found', async (_, as, id) => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('getConnector', { services, as, params: { connectorId: id } });

    expect(answer).toMatchObject({ status: 404, json: { code: 'connector_not_found' } });
  });

  it('given an id with characters that keys may not have, when it is read, then it is refused', async () => {
    const answer = await ask('getConnector', { params: { connectorId: "x' or 1 eq 1" } });

    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '?id' }] } });
  });
});

describe('listing connectors', () => {
  const many = Array.from({ length: 5 }, (_, n) => aConnector({ id: `c${n}`, name: `Sales ${n}` }));

  it('given more than a page, when the links are followed, then each is seen once', async () => {
    const { services } = testContext({ connectors: many });

    const seen: string[] = [];
    let query: string | undefined = 'limit=2&q=sales';
    while (query !== undefined) {
      const { json }: { json: any } = await ask('listConnectors', { services, query });
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      query = json.nextLink && new URL(json.nextLink).search.slice(1);
    }

    expect(seen).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  it('given a status, when it is asked for, then only those are listed', async () => {
    const connected = aConnectedConnector({ id: 'c9', name: 'Stock' });
    const { services } = testContext({ connectors: [...many, connected] });

    const { json } = await ask('listConnectors', { services, query: { status: 'connected' } });

    expect(json.items).toMatchObject([{ id: 'c9' }]);
  });

  it.each([
    ['forged', (link: string) => `${link}x`],
    ['made for another filter', (link: string) => link.replace('q=sales', 'q=s')],
  ])('given a cursor that is %s, when it is sent, then it is refused', async (_, change) => {
    const { services } = testContext({ connectors: many });
    const { json } = await ask('listConnectors', { services, query: 'limit=2&q=sales' });

    const query = change(new URL(json.nextLink).search.slice(1));
    const answer = await ask('listConnectors', { services, query });

    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it('given a cursor of another tenant, when it is sent, then it is refused', async () => {
    const { services } = testContext({ connectors: many });
    const { json } = await ask('listConnectors', { services, query: 'limit=2' });

    const query = new URL(json.nextLink).search.slice(1);
    const answer = await ask('listConnectors', { services, query, as: mallory });

    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'status=dead', 'order=name'])(
    'given ?%s, when it is listed, then the parameter is named',
    async (query) => {
      const answer = await ask('listConnectors', { query });

      expect(answer.status).toBe(400);
      expect(answer.json.errors[0].pointer).toBe(`?${query.split('=')[0]}`);
    },
  );
});

describe('renaming a connector', () => {
  const headers = { 'if-match': '"v1"' };

  it('given the version that was read, when it is renamed, then the version moves on', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('updateConnector', {
      services,
      params,
      headers,
      body: { name: 'EU' },
    });

    expect(answer).toMatchObject({ status: 200, headers: { ETag: '"v2"' }, json: { name: 'EU' } });
  });

  it('given no version, when it is renamed, then one is asked for', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('updateConnector', { services, params, body: { name: 'EU' } });

    expect(answer).toMatchObject({ status: 428, json: { code: 'if_match_missing' } });
  });

  it.each(['"v0"', 'W/"v1"', '*'])(
    'given the version %s, when it is renamed, then nothing changes',
    async (tag) => {
      const { services } = testContext({ connectors: [aConnector()] });

      const answer = await ask('updateConnector', {
        services,
        params,
        headers: { 'if-match': tag },
        body: { name: 'EU' },
      });

      expect(answer).toMatchObject({ status: 412, json: { code: 'connector_version_stale' } });
    },
  );

  it('given a sync that was noted in between, when it is renamed, then that is no conflict', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    const lastStartedAt = '2026-01-15T12:00:00.000Z';
    const summary = { lastSyncRunId: 'r1', lastStatus: 'succeeded', lastStartedAt };
    await services.connectors.noteSync(ada.tenantId, 'c1', () => summary);

    const answer = await ask('updateConnector', {
      services,
      params,
      headers,
      body: { name: 'EU' },
    });

    expect(answer).toMatchObject({
      status: 200,
      json: { name: 'EU', sync: { lastSyncRunId: 'r1' } },
    });
  });
});
