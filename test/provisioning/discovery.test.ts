import { baseUrl, connect, createUser, groupSchema, scimContext, userSchema } from './scim-client';

describe('the discovery of the SCIM endpoint', () => {
  it('describes what the service supports', async () => {
    const { scim } = await scimContext();

    const config = await scim('GET', '/ServiceProviderConfig');
    const schemas = await scim('GET', '/Schemas');
    const types = await scim('GET', '/ResourceTypes');

    expect(config.json).toMatchObject({ patch: { supported: true }, etag: { supported: true } });
    expect(schemas.json.Resources.map(({ id }: { id: string }) => id)).toContain(userSchema);
    expect(types.json.Resources.map(({ name }: { name: string }) => name)).toEqual([
      'User',
      'Group',
    ]);
  });

  it('has each schema and resource type at its location', async () => {
    const { scim } = await scimContext();
    const all = [await scim('GET', '/Schemas'), await scim('GET', '/ResourceTypes')];

    for (const document of all.flatMap(({ json }) => json.Resources)) {
      const { json } = await scim('GET', document.meta.location.slice(baseUrl.length));
      expect(json).toEqual(document);
    }
    expect((await scim('GET', '/Schemas/urn:unknown')).status).toBe(404);
  });

  it('refuses a filter', async () => {
    const { scim } = await scimContext();

    expect((await scim('GET', '/Schemas?filter=id pr')).status).toBe(403);
  });
});

describe('the SCIM endpoint', () => {
  it.each([
    ['GET', '/Me', 501, undefined],
    ['GET', '/Unknown', 404, undefined],
    ['GET', '/Users/1/groups', 404, undefined],
    ['DELETE', '/Users', 405, 'GET, POST'],
    ['POST', '/ServiceProviderConfig', 405, 'GET'],
    ['GET', '/Bulk', 405, 'POST'],
  ])('answers %s %s with %i', async (method, path, status, allow) => {
    const { scim } = await scimContext();

    const result = await scim(method, path);

    expect(result.status).toBe(status);
    expect(result.headers['Allow']).toBe(allow);
    expect(Object.keys(result.json).toSorted()).toEqual(['detail', 'schemas', 'status']);
  });

  it('answers HEAD like GET, without content', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');

    const { status, headers, json } = await scim('HEAD', `/Users/${id}`);

    expect([status, headers['ETag'], json]).toEqual([200, 'W/"1"', undefined]);
  });

  it('refuses other media types than JSON', async () => {
    const { scim } = await scimContext();
    const call = { body: '<user/>', headers: { 'content-type': 'text/xml' } };

    expect((await scim('POST', '/Users', call)).status).toBe(415);
  });

  it('refuses a compressed body', async () => {
    const { scim } = await scimContext();
    const call = {
      body: { schemas: [userSchema], userName: 'ada@contoso.example' },
      headers: { 'content-encoding': 'gzip' },
    };

    expect((await scim('POST', '/Users', call)).status).toBe(415);
  });

  it('names an attribute that it does not know, and known ones', async () => {
    const { scim } = await scimContext();
    const body = { schemas: [userSchema], userName: 'ada', departmnt: 'Sales' };

    const { status, json } = await scim('POST', '/Users', { body });

    expect(status).toBe(400);
    expect(json.detail).toContain('departmnt');
    expect(json.detail).toContain('department');
  });
});

describe('a bulk request', () => {
  const bulk = (...Operations: readonly object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations,
  });

  it('creates users and a group of them by their bulkIds', async () => {
    const { scim } = await scimContext();

    const { status, json } = await scim('POST', '/Bulk', {
      body: bulk(
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'g',
          data: {
            schemas: [groupSchema],
            displayName: 'Analysts',
            members: [{ value: 'bulkId:u' }],
          },
        },
        {
          method: 'POST',
          path: '/Users',
          bulkId: 'u',
          data: { schemas: [userSchema], userName: 'ada' },
        },
        { method: 'POST', path: '/Users', bulkId: 'v', data: { schemas: [userSchema] } },
      ),
    });

    expect(status).toBe(200);
    expect(json.Operations.map((each: { status: string }) => each.status)).toEqual([
      '201',
      '201',
      '400',
    ]);
    const group = json.Operations[0].location.slice(baseUrl.length);
    expect((await scim('GET', group)).json.members).toHaveLength(1);
  });

  it('requires the scope of each operation', async () => {
    const { context, scim: full } = await scimContext();
    const id = await createUser(full, 'ada');
    const { scim } = await connect(context, { scopes: ['users.read', 'groups.write'] });

    const { json } = await scim('POST', '/Bulk', {
      body: bulk({ method: 'DELETE', path: `/Users/${id}` }),
    });

    expect(json.Operations).toMatchObject([{ status: '403' }]);
  });
});
