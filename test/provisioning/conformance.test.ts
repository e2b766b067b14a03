/** Conformance of the handler, and the checks of public tools that run against a deployed service. */
import { describeConformance } from '../scim/conformance/conformance';
import {
  connect,
  groupSchema,
  patchOp,
  scimContext,
  userSchema,
  type ScimClient,
  type ScimResult,
} from './scim-client';

describe.each(['entra', 'okta', 'strict'] as const)('the profile %s', (profile) => {
  describeConformance('handler', async () => (await scimContext({ profile })).scim);
});

const discovery = ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'] as const;
const coreSchemas = ['Schema', 'ResourceType', 'ServiceProviderConfig'];
const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';
let names = 0;
const uniqueName = () => `probe-${++names}@example.com`;
const aUser = () => ({
  schemas: [userSchema],
  userName: uniqueName(),
  name: { givenName: 'Probe', familyName: 'Test' },
  displayName: 'Probe',
  active: true,
  password: 'Secret-1',
  emails: [{ value: uniqueName(), type: 'work', primary: true }],
});
const aGroup = () => ({ schemas: [groupSchema], displayName: uniqueName() });

/** What scim-sanity expects of each response with a resource (RFC 7643 section 3.1). */
function expectResource({ status, headers, json }: ScimResult, expected: number, type: string) {
  expect([status, headers['Content-Type']]).toEqual([expected, 'application/scim+json']);
  expect(json).toMatchObject({
    schemas: expect.any(Array),
    id: expect.any(String),
    meta: {
      resourceType: type,
      created: expect.any(String),
      lastModified: expect.any(String),
      version: headers['ETag'],
    },
  });
  expect(json.password).toBeUndefined();
  expect(headers['Location'] ?? headers['Content-Location']).toBe(json.meta.location);
}

/** Named as in the sources of the tools: scim2-tester 0.5, scim-sanity 0.7. */
describe('checks of public conformance tools', () => {
  const open = async () => (await scimContext({ profile: 'strict' })).scim;

  it.each(discovery)('scim2-tester: %s is read and has no other methods', async (path) => {
    const scim = await open();

    const statuses = [];
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      statuses.push((await scim(method, path, method === 'GET' ? {} : { body: {} })).status);

    expect(statuses).toEqual([200, 405, 405, 405, 405]);
  });

  it('scim2-tester: /Schemas has the schemas of discovery and of types', async () => {
    const scim = await open();
    const schemas = await scim('GET', '/Schemas');
    const types = await scim('GET', '/ResourceTypes');

    const known = schemas.json.Resources.map(({ name }: { name: string }) => name);
    expect(known).toEqual(expect.arrayContaining(coreSchemas));
    for (const { schema, schemaExtensions } of types.json.Resources)
      for (const id of [schema, ...schemaExtensions.map((each: { schema: string }) => each.schema)])
        expect((await scim('GET', `/Schemas/${id}`)).json.id).toBe(id);
  });

  it('scim2-tester: documents of discovery conform to their schemas', async () => {
    const scim = await open();
    const { json } = await scim('GET', '/Schemas');
    const documents = [
      ...json.Resources,
      ...(await scim('GET', '/ResourceTypes')).json.Resources,
      (await scim('GET', '/ServiceProviderConfig')).json,
    ];

    for (const document of documents) {
      const schema = json.Resources.find(({ id }: { id: string }) => id === document.schemas[0]);
      expect(violationsOf(document, schema.attributes, ['schemas', 'meta', 'id'])).toEqual([]);
    }
  });

  it.each([
    ['GET', '/5f1c6f0e-0000-4000-8000-000000000000', undefined, 404],
    ['GET', '/Schemas/5f1c6f0e-0000-4000-8000-000000000000', undefined, 404],
    ['GET', '/ResourceTypes/5f1c6f0e-0000-4000-8000-000000000000', undefined, 404],
    ['GET', '/Users/nonexistent-id-000000', undefined, 404],
    ['POST', '/Users', { not: 'a scim resource' }, 400],
    ['POST', '/Users', { schemas: [userSchema] }, 400],
  ])('both: %s %s %j is an error of SCIM with %i', async (method, path, body, status) => {
    const scim = await open();

    const result = await scim(method, path, body && { body });

    expect(result.status).toBe(status);
    expect(result.json).toMatchObject({ schemas: [errorSchema], status: String(status) });
  });

  it.each([
    ['User', '/Users', aUser],
    ['Group', '/Groups', aGroup],
  ] as const)(
    'both: a %s is created, read, replaced, patched, deleted',
    async (type, path, make) => {
      const scim = await open();

      const created = await scim('POST', path, { body: make() });
      const own = `${path}/${created.json.id}`;
      const { meta: _, ...rest } = created.json;
      const read = await scim('GET', own);
      const replaced = await scim('PUT', own, { body: { ...rest, displayName: 'Updated' } });
      const listed = await scim('GET', path);
      const patch =
        type === 'User' ? { path: 'active', value: false } : { path: 'displayName', value: 'P' };
      const patched = await scim('PATCH', own, { body: patchOp({ op: 'replace', ...patch }) });
      const after = await scim('GET', own);
      const deleted = await scim('DELETE', own);

      expectResource(created, 201, type);
      expectResource(read, 200, type);
      expectResource(replaced, 200, type);
      expectResource(patched, 200, type);
      expect(replaced.json.displayName).toBe('Updated');
      expect(listed.json.Resources.map(({ id }: { id: string }) => id)).toContain(created.json.id);
      expect(after.json[patch.path]).toBe(patch.value);
      expect([deleted.status, deleted.json]).toEqual([204, undefined]);
      expect((await scim('GET', own)).status).toBe(404);
    },
  );

  it('scim2-tester: members are replaced, added and read as they were sent', async () => {
    const scim = await open();
    const group = (await scim('POST', '/Groups', { body: aGroup() })).json;
    const user = (await scim('POST', '/Users', { body: aUser() })).json;
    const schema = (await scim('GET', `/Schemas/${groupSchema}`)).json;
    const { subAttributes } = schema.attributes.find((one: Described) => one.name === 'members');
    const writable = subAttributes.filter((one: Described) => one.mutability === 'immutable');
    const member = { value: user.id, $ref: user.meta.location };
    const own = `/Groups/${group.id}`;

    const added = await scim('PATCH', own, {
      body: patchOp({ op: 'add', path: 'members', value: [member] }),
    });
    // It fills in the attributes that a replacement may change, and those of a member are immutable.
    const replaced = await scim('PUT', own, { body: { ...aGroup(), members: [{}] } });

    expect(writable.map(({ name }: Described) => name)).toEqual(Object.keys(member));
    expect([added.status, replaced.status]).toEqual([200, 200]);
    for (const { json } of [added, replaced]) expect(json.members).toMatchObject([member]);
  });

  it('scim-sanity: PATCH ignores a member that cannot exist', async () => {
    const { context, key, scim } = await scimContext({ profile: 'strict' });
    const member = (await scim('POST', '/Users', { body: aUser() })).json.id;
    const group = (await scim('POST', '/Groups', { body: aGroup() })).json;
    const value = [{ value: 'fake-member-id' }, { value: member }];
    const operation = { op: 'add', path: 'members', value };

    const { status, json } = await scim('PATCH', `/Groups/${group.id}`, {
      body: patchOp(operation),
    });
    const { items } = await context.services.provisioningRequests.list(key, { limit: 10 });

    expect([status, json.members]).toEqual([200, [expect.objectContaining({ value: member })]]);
    expect(items.find(({ method }) => method === 'PATCH')).toMatchObject({
      status: 200,
      attribute: 'members.value',
      detail: expect.stringContaining('was ignored'),
    });
  });

  it.each([
    ['entra', 'PATCH', (id: string) => [id]],
    ['okta', 'PATCH', () => ['fake-member-id']],
    ['strict', 'PATCH', (id: string) => [id]],
    ['strict', 'PUT', () => ['fake-member-id']],
    ['strict', 'POST', () => ['fake-member-id']],
  ] as const)(
    'in %s, a %s with an unknown member changes nothing',
    async (profile, method, valuesOf) => {
      const { context, scim } = await scimContext({ profile });
      const { scim: other } = await connect(context, { profile });
      const foreign = (await other('POST', '/Users', { body: aUser() })).json.id;
      const own = (await scim('POST', '/Users', { body: aUser() })).json.id;
      const kept = [{ value: own }];
      const group = (await scim('POST', '/Groups', { body: { ...aGroup(), members: kept } })).json;
      const members = valuesOf(foreign).map((value) => ({ value }));
      const body =
        method === 'PATCH'
          ? patchOp({ op: 'add', path: 'members', value: members })
          : { ...aGroup(), members };

      const path = method === 'POST' ? '/Groups' : `/Groups/${group.id}`;
      const { status, json } = await scim(method, path, { body });

      const after = (await scim('GET', '/Groups?attributes=members')).json;
      expect([status, json.scimType]).toEqual([400, 'invalidValue']);
      expect(after.Resources).toMatchObject([{ id: group.id, members: kept }]);
      expect(after.totalResults).toBe(1);
    },
  );

  it.each(['GET /Users/{id}', 'GET /Users', 'POST /.search'])(
    'scim2-tester: %s honors attributes and excludedAttributes',
    async (endpoint) => {
      const scim = await open();
      const { json } = await scim('POST', '/Users', { body: aUser() });
      const query = async (projection: {
        readonly attributes?: string;
        readonly excludedAttributes?: string;
      }) => projected(scim, endpoint, json.id, projection);

      const included = await query({ attributes: 'displayName' });
      const excluded = await query({ excludedAttributes: 'displayName' });

      expect(Object.keys(included).toSorted()).toEqual(['displayName', 'id', 'schemas']);
      expect(excluded['displayName']).toBeUndefined();
      expect(excluded['userName']).toBe(json.userName);
    },
  );

  it.each([
    ['', 2],
    ['?filter=userName%20eq%20%22nonexistent@test.invalid%22', 0],
    ['?startIndex=1&count=1', 1],
    ['?count=0', 0],
  ])('scim-sanity: GET /Users%s is a ListResponse of %i', async (query, length) => {
    const scim = await open();
    for (let n = 0; n < 2; n++) await scim('POST', '/Users', { body: aUser() });

    const { status, headers, json } = await scim('GET', `/Users${query}`);

    expect([status, headers['Content-Type']]).toEqual([200, 'application/scim+json']);
    expect(json).toMatchObject({
      schemas: [listSchema],
      totalResults: query.startsWith('?filter') ? 0 : 2,
      itemsPerPage: length,
      Resources: expect.any(Array),
    });
    expect(json.Resources).toHaveLength(length);
  });
});

async function projected(
  scim: ScimClient,
  endpoint: string,
  id: string,
  projection: { readonly attributes?: string; readonly excludedAttributes?: string },
): Promise<Record<string, unknown>> {
  const query = new URLSearchParams(projection).toString();
  if (endpoint.includes('{id}')) return (await scim('GET', `/Users/${id}?${query}`)).json;
  const lists = Object.entries(projection).map(([name, value]) => [name, [value]] as const);
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
    ...Object.fromEntries(lists),
  };
  const { json } = endpoint.startsWith('GET')
    ? await scim('GET', `/Users?${query}`)
    : await scim('POST', '/.search', { body });
  return json.Resources.find((resource: { id: string }) => resource.id === id);
}

interface Described {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability?: string;
  readonly subAttributes?: readonly Described[];
}

/** Members that the schema does not have, and members that it requires and the document lacks. */
function violationsOf(
  document: Record<string, unknown>,
  attributes: readonly Described[],
  common: readonly string[] = [],
): string[] {
  const known = new Map(attributes.map((each) => [each.name, each]));
  const missing = attributes.filter(({ name, required }) => required && !(name in document));
  return [
    ...missing.map(({ name }) => `${name} is missing`),
    ...Object.entries(document).flatMap(([name, value]) => {
      const attribute = known.get(name);
      if (!attribute) return common.includes(name) ? [] : [`${name} is unknown`];
      if (Array.isArray(value) !== attribute.multiValued) return [`${name} has the wrong number`];
      if (attribute.type !== 'complex') return [];
      const values = (attribute.multiValued ? value : [value]) as Record<string, unknown>[];
      // RFC 7643 describes sub-attributes once, although those of its own schema have some as well.
      const inner = [...(attribute.subAttributes ?? [])];
      if (name === 'subAttributes') inner.push(attribute);
      return values.flatMap((each) => violationsOf(each, inner));
    }),
  ];
}
