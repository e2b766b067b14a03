import { fakeSecretStore } from '../fakes/secret-store';
import { RotatingKey } from '../../functions/azure/key-vault/rotating-key';
import { Secret } from '../../functions/secrets/secret';
import type { TestContextOptions } from '../support/context';
import { createGroup, createUser, patchOp, scimContext, type ScimClient } from './scim-client';

const search = (scim: ScimClient, path: string, body: object) =>
  scim('POST', `${path}/.search`, {
    body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], ...body },
  });
const filterOf = (filter: string) => `filter=${encodeURIComponent(filter)}`;
const idsIn = ({ json }: { readonly json: { Resources: { id: string }[] } }) =>
  json.Resources.map(({ id }) => id);
const names = ({ json }: { readonly json: { Resources: { userName: string }[] } }) =>
  json.Resources.map(({ userName }) => userName);

async function someUsers(count = 5, options: TestContextOptions = {}) {
  const { scim, ...others } = await scimContext(options);
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push(await createUser(scim, `user${n}@contoso.com`, { externalId: `e${n}`, title: 'Dr' }));
    others.context.wait(1);
  }
  return { scim, ids, ...others };
}

describe('a list of users', () => {
  it('is paged by index in the order of creation', async () => {
    const { scim } = await someUsers();

    const first = await scim('GET', '/Users?startIndex=0&count=2');
    const last = await scim('GET', '/Users?startIndex=5&count=2');
    const beyond = await scim('GET', '/Users?startIndex=9');
    const none = await scim('GET', '/Users?count=0');

    expect(names(first)).toEqual(['user0@contoso.com', 'user1@contoso.com']);
    expect(first.json).toMatchObject({ totalResults: 5, startIndex: 1, itemsPerPage: 2 });
    expect(names(last)).toEqual(['user4@contoso.com']);
    expect([beyond.json.totalResults, beyond.json.itemsPerPage]).toEqual([5, 0]);
    expect([none.json.totalResults, none.json.itemsPerPage]).toEqual([5, 0]);
  });

  it('is paged by cursor, also while users are created and deleted', async () => {
    const { scim, ids } = await someUsers();

    const first = await scim('GET', '/Users?cursor=&count=2');
    await createUser(scim, 'late@contoso.com');
    await scim('DELETE', `/Users/${ids[0]}`);
    const second = await scim('GET', `/Users?count=2&cursor=${first.json.nextCursor}`);
    const third = await scim('GET', `/Users?count=2&cursor=${second.json.nextCursor}`);

    expect([first, second, third].flatMap(names)).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `user${n}@contoso.com`),
      'late@contoso.com',
    ]);
    expect(third.json.nextCursor).toBeUndefined();
  });

  it('continues on a worker that still has the replaced cursor key', async () => {
    const vault = fakeSecretStore();
    const store = (value: string) =>
      vault.put('key', new Secret(value), { contentType: 'text/plain' });
    await store('old');
    const behind = new RotatingKey(vault, 'key', () => new Date());
    const ahead = new RotatingKey(vault, 'key', () => new Date());
    await behind.get();
    let worker: RotatingKey = behind;
    const { scim } = await someUsers(5, {
      cursorKey: {
        get: () => worker.get(),
        accepts: (passes) => worker.accepts(passes),
      },
    });

    await store('new');
    worker = ahead;
    const first = await scim('GET', '/Users?cursor=&count=2');
    worker = behind;
    const second = await scim('GET', `/Users?count=2&cursor=${first.json.nextCursor}`);

    expect([...names(first), ...names(second)]).toEqual(
      [0, 1, 2, 3].map((n) => `user${n}@contoso.com`),
    );
  });

  it('refuses a cursor of another query or connection', async () => {
    const { scim } = await someUsers();
    const { scim: other } = await someUsers();
    const { json } = await scim('GET', '/Users?cursor=&count=2');

    const changed = await scim('GET', `/Users?sortBy=userName&cursor=${json.nextCursor}`);
    const foreign = await other('GET', `/Groups?cursor=${json.nextCursor}`);

    expect([changed.json.scimType, foreign.json.scimType]).toEqual([
      'invalidCursor',
      'invalidCursor',
    ]);
  });

  it.each([
    ['userName eq "USER1@contoso.com"', ['user1@contoso.com']],
    ['externalId eq "e2"', ['user2@contoso.com']],
    ['externalId eq "E2"', []],
    ['title eq "dr" and userName eq "user3@contoso.com"', ['user3@contoso.com']],
    ['title ne "dr" and userName eq "user3@contoso.com"', []],
    [
      'userName sw "user" and not (userName co "3")',
      [0, 1, 2, 4].map((n) => `user${n}@contoso.com`),
    ],
    ['userName eq "unknown"', []],
    ['id eq "01JNOTHING0000000000000000"', []],
    ['userName eq "a\\" or userName pr or userName eq \\"b"', []],
  ])('is filtered by %s', async (filter, expected) => {
    const { scim } = await someUsers();

    const found = await scim('GET', `/Users?${filterOf(filter)}`);

    expect(found.status).toBe(200);
    expect(names(found)).toEqual(expected);
    expect(found.json.totalResults).toBe(expected.length);
  });

  it('finds the owner of a name with one read if unchanged', async () => {
    const { scim, ids, context } = await someUsers(2);
    const found = () => scim('GET', `/Users?${filterOf('userName eq "USER0@contoso.com"')}`);
    const find = jest.spyOn(context.directoryStore, 'find');

    const first = await found();
    const again = await found();
    await scim('PATCH', `/Users/${ids[0]}`, {
      body: patchOp({ op: 'replace', path: 'userName', value: 'renamed@contoso.com' }),
    });
    const renamed = await found();
    const successor = await createUser(scim, 'User0@contoso.com');
    const taken = await found();

    expect(find).toHaveBeenCalledTimes(3);
    expect([first, again, renamed, taken].map(idsIn)).toEqual([
      [ids[0]],
      [ids[0]],
      [],
      [successor],
    ]);
  });

  it('reads only new ids until a resource is deleted by any worker', async () => {
    const { scim, key, ids, context } = await someUsers(3);
    const { directoryStore, wait } = context;
    const listIds = jest.spyOn(directoryStore, 'listIds');
    const total = async () => (await scim('GET', '/Users?count=1')).json.totalResults;

    const totals = [await total()];
    wait(50);
    await createUser(scim, 'late@contoso.com');
    totals.push(await total());
    wait(5);
    totals.push(await total());
    const before = (await directoryStore.get(key, 'User', ids[1]!))!;
    await directoryStore.commit(key, { resource: { before }, attached: [] });
    totals.push(await total());
    wait(61);
    totals.push(await total());

    expect(totals).toEqual([3, 4, 4, 3, 3]);
    const ranges = listIds.mock.calls.map(([, , after]) => (after === undefined ? 'all' : 'new'));
    expect(ranges).toEqual(['all', 'new', 'new', 'new', 'all', 'all']);
  });

  it('is filtered by groups and sorted', async () => {
    const { scim, ids } = await someUsers();
    const group = await createGroup(scim, 'Analysts', [ids[1]!, ids[3]!]);

    const filter = filterOf(`groups.value eq "${group}"`);
    const found = await scim('GET', `/Users?${filter}&sortBy=userName&sortOrder=descending`);

    expect(names(found)).toEqual(['user3@contoso.com', 'user1@contoso.com']);
    expect(found.json.Resources[0].groups).toMatchObject([{ value: group }]);
  });

  it('shows inactive users and the attributes that are asked for', async () => {
    const { scim, ids } = await someUsers(1);
    await scim('PATCH', `/Users/${ids[0]}`, {
      body: patchOp({ op: 'replace', path: 'active', value: false }),
    });

    const { json } = await scim('GET', '/Users?attributes=active');

    expect(json.Resources).toEqual([{ schemas: [expect.any(String)], id: ids[0], active: false }]);
  });
});

describe('a list of groups', () => {
  it('is found by displayName, externalId and member', async () => {
    const { scim, ids } = await someUsers(2);
    const id = await createGroup(scim, 'Analysts', [ids[0]!]);
    await createGroup(scim, 'Others', [ids[1]!]);

    const found = await Promise.all(
      [
        'displayName eq "analysts"',
        `members.value eq "${ids[0]}"`,
        `members[value eq "${ids[0]}"]`,
        `id eq "${id}" and members eq "${ids[0]}"`,
      ].map((filter) => scim('GET', `/Groups?${filterOf(filter)}&excludedAttributes=members`)),
    );

    for (const { json } of found) {
      expect(json.Resources.map((group: { id: string }) => group.id)).toEqual([id]);
      expect(json.Resources[0].members).toBeUndefined();
    }
  });
});

describe('a search', () => {
  it('finds users by the body of a POST', async () => {
    const { scim } = await someUsers();

    const { json } = await search(scim, '/Users', {
      filter: 'userName sw "user"',
      attributes: ['userName'],
      startIndex: 2,
      count: 1,
    });

    expect(json).toMatchObject({ totalResults: 5, startIndex: 2, itemsPerPage: 1 });
    expect(Object.keys(json.Resources[0]).toSorted()).toEqual(['id', 'schemas', 'userName']);
  });

  it('at the root finds users and groups', async () => {
    const { scim } = await someUsers(1);
    await createGroup(scim, 'Analysts');

    const found = await search(scim, '', { filter: 'meta.resourceType eq "Group"' });
    const all = await search(scim, '', {});

    expect(found.json.Resources).toMatchObject([{ displayName: 'Analysts' }]);
    expect(all.json.totalResults).toBe(2);
  });
});
