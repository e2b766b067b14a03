import type { AuditRecord } from '../../functions/audit/audit-record';
import {
  baseUrl,
  connect,
  createGroup,
  createUser,
  patchOp,
  scimContext,
  userSchema,
} from './scim-client';

describe('a user', () => {
  it('is created, read, patched, replaced and deleted', async () => {
    const { scim } = await scimContext();
    const body = {
      schemas: [userSchema],
      userName: 'Ada@contoso.com',
      externalId: 'ada',
      active: true,
      emails: [{ value: 'ada@contoso.com', type: 'work', primary: true }],
    };

    const created = await scim('POST', '/Users', { body });
    const path = `/Users/${created.json.id}`;
    const read = await scim('GET', path);
    const patched = await scim('PATCH', path, {
      body: patchOp({ op: 'Replace', path: 'active', value: 'False' }),
    });
    const replaced = await scim('PUT', path, { body: { ...body, displayName: 'Ada' } });
    const deleted = await scim('DELETE', path);

    expect(created.status).toBe(201);
    expect(created.headers).toMatchObject({
      'Content-Type': 'application/scim+json',
      Location: `${baseUrl}${path}`,
      ETag: 'W/"1"',
    });
    expect(read).toMatchObject({ status: 200, json: created.json });
    expect(patched).toMatchObject({
      status: 200,
      json: { active: false, meta: { version: 'W/"2"' } },
    });
    expect(replaced).toMatchObject({ status: 200, json: { active: true, displayName: 'Ada' } });
    expect(deleted).toMatchObject({ status: 204, json: undefined });
    expect((await scim('GET', path)).status).toBe(404);
    expect((await scim('DELETE', path)).status).toBe(404);
  });

  it('is refused with the userName of another one, with its location', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');

    const { status, json } = await scim('POST', '/Users', {
      body: { schemas: [userSchema], userName: 'ADA@contoso.com' },
    });

    expect(status).toBe(409);
    expect(json).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '409',
      scimType: 'uniqueness',
      detail: `userName is taken by ${baseUrl}/Users/${id}. Choose another value.`,
    });
  });

  it('gets one of many concurrent creations with one userName', async () => {
    const { scim } = await scimContext();
    const body = { schemas: [userSchema], userName: 'ada@contoso.com' };

    const results = await Promise.all(
      Array.from({ length: 8 }, () => scim('POST', '/Users', { body })),
    );

    const statuses = results.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(7);
  });

  it('keeps every one of many concurrent patches', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');

    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        scim('PATCH', `/Users/${id}`, {
          body: patchOp({ op: 'add', path: 'emails', value: [{ value: `${n}@contoso.com` }] }),
        }),
      ),
    );

    const { json } = await scim('GET', `/Users/${id}`);
    expect(json.emails).toHaveLength(20);
    expect(json.meta.version).toBe('W/"21"');
  });

  it('keeps its version when a patch changes nothing', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com', { active: true });

    const { json } = await scim('PATCH', `/Users/${id}`, {
      body: patchOp({ op: 'replace', path: 'active', value: true }),
    });

    expect(json.meta.version).toBe('W/"1"');
  });

  it('changes only in the version that If-Match names', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');
    const body = patchOp({ op: 'replace', path: 'displayName', value: 'Ada' });

    const stale = await scim('PATCH', `/Users/${id}`, { body, headers: { 'if-match': 'W/"9"' } });
    const deletion = await scim('DELETE', `/Users/${id}`, { headers: { 'if-match': 'W/"9"' } });
    const right = await scim('PATCH', `/Users/${id}`, { body, headers: { 'if-match': 'W/"1"' } });

    expect([stale.status, deletion.status, right.status]).toEqual([412, 412, 200]);
  });

  it('answers 304 to the version that If-None-Match names', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');
    const path = `/Users/${id}?excludedAttributes=groups`;

    const same = await scim('GET', path, { headers: { 'if-none-match': 'W/"1"' } });
    const other = await scim('GET', path, { headers: { 'if-none-match': 'W/"0"' } });

    expect([same.status, other.status]).toEqual([304, 200]);
  });

  it('never shows or stores a password', async () => {
    const { scim, context, key } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com', { password: 'hunter2-secret' });

    const { json } = await scim('GET', `/Users/${id}?attributes=password`);

    const stored = await context.directoryStore.get(key, 'User', id);
    expect(JSON.stringify([json, stored])).not.toContain('hunter2-secret');
  });

  it('does not exist for another connection', async () => {
    const { scim, context } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.com');
    const other = await connect(context);

    const read = await other.scim('GET', `/Users/${id}`);
    const deleted = await other.scim('DELETE', `/Users/${id}`);
    const found = await other.scim('GET', '/Users?filter=userName eq "ada@contoso.com"');

    expect([read.status, deleted.status, found.json.totalResults]).toEqual([404, 404, 0]);
    await createUser(other.scim, 'ada@contoso.com');
  });

  it.each([
    ['a slash', 'a/b'],
    ['a null character', '%00'],
    ['a quote', "'; drop"],
    ['3,000 characters', 'x'.repeat(3_000)],
    ['the key of another row', 'name-0'],
  ])('is not found by an id with %s', async (_, id) => {
    const { scim } = await scimContext();

    expect((await scim('GET', `/Users/${encodeURIComponent(id)}`)).status).toBe(404);
  });
});

describe('changes of a resource', () => {
  it('keep their order when the clock goes back', async () => {
    const times: string[] = [];
    const audit = {
      rowOf: ({ at }: AuditRecord) => ({ rowKey: `audit-${times.push(at)}`, columns: {} }),
      append: async () => {},
    };
    const { scim, context } = await scimContext({ hooks: { audit } });
    const user = await createUser(scim, 'ada@contoso.example');
    const group = await createGroup(scim, 'Analysts', [user]);
    const member = [{ value: user }];
    const modified: string[] = [];
    const call = async (method: string, path: string, ...operations: readonly object[]) => {
      context.wait(-1);
      await scim(method, path, operations.length > 0 ? { body: patchOp(...operations) } : {});
    };
    times.length = 0;

    for (const value of [false, true]) {
      await call('PATCH', `/Users/${user}`, { op: 'replace', path: 'active', value });
      modified.push((await scim('GET', `/Users/${user}`)).json.meta.lastModified);
    }
    await call('PATCH', `/Groups/${group}`, { op: 'remove', path: 'members', value: member });
    await call('PATCH', `/Groups/${group}`, { op: 'add', path: 'members', value: member });
    await call('DELETE', `/Groups/${group}`);
    const ofGroup = times.slice(2);

    expect(modified).toEqual([...new Set(modified)].toSorted());
    expect(times.slice(0, 2)).toEqual(modified);
    expect(ofGroup.slice(0, 3)).toEqual([...new Set(ofGroup.slice(0, 3))].toSorted());
  });
});

describe('the groups of a user', () => {
  it('have their latest names, and no deleted group', async () => {
    const { scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.example');
    const [analysts, others] = await Promise.all(
      ['Analysts', 'Others'].map((name) => createGroup(scim, name, [id])),
    );
    const groups = async () => {
      const { json } = await scim('GET', `/Users/${id}`);
      return (json.groups ?? []).map(({ display }: { display: string }) => display).toSorted();
    };
    const before = await groups();

    await scim('PATCH', `/Groups/${analysts}`, {
      body: patchOp({ op: 'replace', path: 'displayName', value: 'Data' }),
    });
    const renamed = await groups();
    await scim('DELETE', `/Groups/${others}`);

    expect([before, renamed, await groups()]).toEqual([
      ['Analysts', 'Others'],
      ['Data', 'Others'],
      ['Data'],
    ]);
  });

  it('are named without a read of each group', async () => {
    const { context, scim } = await scimContext();
    const id = await createUser(scim, 'ada@contoso.example');
    await createGroup(scim, 'Analysts', [id]);
    await scim('GET', `/Users/${id}`);
    const getMany = jest.spyOn(context.directoryStore, 'getMany');

    const { json } = await scim('GET', `/Users/${id}`);

    expect(json.groups).toMatchObject([{ display: 'Analysts' }]);
    expect(getMany).not.toHaveBeenCalled();
  });
});

describe('a deactivated user that is replaced', () => {
  const body = { schemas: [userSchema], userName: 'ada@contoso.example' };

  it.each([
    ['stays so without active', {}, false],
    ['stays so with active null', { active: null }, false],
    ['is enabled with active true', { active: true }, true],
  ])('%s', async (_, more, active) => {
    const { scim } = await scimContext({ profile: 'okta' });
    const path = `/Users/${await createUser(scim, body.userName, { active: false })}`;

    const { status, json } = await scim('PUT', path, { body: { ...body, ...more, title: 'Dr' } });

    expect([status, json.active, json.title]).toEqual([200, active, 'Dr']);
  });
});

describe('a deactivated user that is patched', () => {
  const urn = `${userSchema}:active`;

  it.each([
    ['stays so with an empty value', { op: 'replace', path: 'active', value: '' }, false],
    ['stays so with null', { op: 'add', path: 'active', value: null }, false],
    [
      'stays so with an empty value without a path',
      { op: 'replace', value: { active: '' } },
      false,
    ],
    ['stays so with null by its URN', { op: 'replace', value: { [urn]: null } }, false],
    ['is enabled with a string boolean', { op: 'Replace', path: urn, value: 'True' }, true],
    ['has no value after its removal', { op: 'remove', path: 'active' }, undefined],
  ])('%s', async (_, operation, active) => {
    const { scim } = await scimContext();
    const path = `/Users/${await createUser(scim, 'ada@contoso.example', { active: false })}`;

    const { status, json } = await scim('PATCH', path, { body: patchOp(operation) });

    expect([status, json.active]).toEqual([200, active]);
  });
});
