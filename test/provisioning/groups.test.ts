import { newResourceId } from '../../functions/provisioning/directory/directory';
import type { AuditRecord } from '../../functions/audit/audit-record';
import type { AccessHook } from '../../functions/provisioning/ports';
import type { DirectoryChange } from '../../functions/access/directory';
import { owner } from '../support/builders';
import {
  connect,
  createGroup,
  createUser,
  groupSchema,
  memberIds,
  patchOp,
  scimContext,
  type ScimClient,
} from './scim-client';

const byText = (one: string, other: string) => (one < other ? -1 : 1);
const userIds = (scim: ScimClient, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => createUser(scim, `user${n}@contoso.com`)));
const add = (...ids: readonly string[]) =>
  patchOp({ op: 'Add', path: 'members', value: ids.map((value) => ({ value })) });

/** Records the changes that access rules see. */
function recordingHook() {
  const changes: DirectoryChange[] = [];
  const access: AccessHook = {
    intentsOf: (change) => change.members.map(({ memberId }) => intent(memberId)),
    async afterChange(change) {
      changes.push(change);
    },
    release: async () => true,
  };
  return { access, changes };
}
const intent = (id: string) => ({ rowKey: `intent-${id}`, columns: { id } });

describe('members of a group', () => {
  it('are added and removed one by one', async () => {
    const { scim } = await scimContext();
    const [ada, bob] = await userIds(scim, 2);
    const id = await createGroup(scim, 'Analysts');

    const added = await scim('PATCH', `/Groups/${id}`, { body: add(ada!, bob!) });
    const both = await memberIds(scim, id);
    const removed = await scim('PATCH', `/Groups/${id}`, {
      body: patchOp({ op: 'Remove', path: `members[value eq "${ada}"]` }),
    });

    expect([added.status, removed.status]).toEqual([204, 204]);
    expect(new Set(both)).toEqual(new Set([ada, bob]));
    expect(await memberIds(scim, id)).toEqual([bob]);
    const { json } = await scim('GET', `/Users/${bob}`);
    expect(json.groups).toMatchObject([{ value: id, display: 'Analysts' }]);
  });

  it('change the version only if they differ afterwards', async () => {
    const { scim } = await scimContext();
    const [ada] = await userIds(scim, 1);
    const id = await createGroup(scim, 'Analysts');

    const versions: string[] = [];
    for (const body of [
      add(ada!),
      add(ada!),
      patchOp({ op: 'remove', path: 'members', value: [{ value: ada }] }),
      patchOp({ op: 'remove', path: 'members', value: [{ value: ada }] }),
    ])
      versions.push((await scim('PATCH', `/Groups/${id}`, { body })).headers['ETag']!);

    expect(versions).toEqual(['W/"2"', 'W/"2"', 'W/"3"', 'W/"3"']);
  });

  it('are changed without a read of members or users', async () => {
    const { scim, context } = await scimContext();
    const ids = await userIds(scim, 3);
    const inner = await createGroup(scim, 'Inner');
    const id = await createGroup(scim, 'Analysts', [ids[0]!, inner]);
    const reads = [
      jest.spyOn(context.directoryStore, 'getMembers'),
      jest.spyOn(context.directoryStore, 'getMany'),
    ];
    const change = async (...operations: readonly object[]) => {
      for (const spy of reads) spy.mockClear();
      const { status } = await scim('PATCH', `/Groups/${id}`, { body: patchOp(...operations) });
      return [status, reads.some((spy) => spy.mock.calls.length > 0)];
    };
    const enter = (value: string) => ({ op: 'add', path: 'members', value: [{ value }] });
    const leave = (value: string) => ({ op: 'remove', path: `members[value eq "${value}"]` });

    const entered = await change(enter(ids[1]!), enter(ids[2]!));
    const left = await change(leave(ids[0]!));
    const groupLeft = await change(leave(inner));
    const partly = await change(enter(ids[1]!), enter(inner), leave(ids[0]!));

    expect([entered, left]).toEqual([
      [204, false],
      [204, false],
    ]);
    // A group among them, or a member that is there already, is found by the transaction.
    expect([groupLeft, partly]).toEqual([
      [204, true],
      [204, true],
    ]);
    expect(new Set(await memberIds(scim, id))).toEqual(new Set([ids[1], ids[2], inner]));
  });

  it('survive many concurrent patches of one group', async () => {
    const { scim } = await scimContext();
    const ids = await userIds(scim, 30);
    const id = await createGroup(scim, 'Analysts', ids.slice(0, 10));

    await Promise.all([
      ...ids.slice(10).map((each) => scim('PATCH', `/Groups/${id}`, { body: add(each) })),
      ...ids.slice(0, 10).map((each) =>
        scim('PATCH', `/Groups/${id}`, {
          body: patchOp({ op: 'remove', path: `members[value eq "${each}"]` }),
        }),
      ),
    ]);

    expect((await memberIds(scim, id)).toSorted()).toEqual(ids.slice(10).toSorted());
  });

  it('are refused by name if they do not exist, and nothing changes', async () => {
    const { scim } = await scimContext();
    const [ada] = await userIds(scim, 1);
    const id = await createGroup(scim, 'Analysts');

    const { status, json } = await scim('PATCH', `/Groups/${id}`, { body: add(ada!, 'nowhere') });

    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
    expect(json.detail).toContain('"nowhere"');
    expect(await memberIds(scim, id)).toEqual([]);
  });

  it('of another connection are refused', async () => {
    const { scim, context } = await scimContext();
    const other = await connect(context);
    const stranger = await createUser(other.scim, 'eve@contoso.com');
    const id = await createGroup(scim, 'Analysts');

    expect((await scim('PATCH', `/Groups/${id}`, { body: add(stranger) })).status).toBe(400);
  });

  it('stay when a replacement does not name them', async () => {
    const { scim } = await scimContext();
    const [ada] = await userIds(scim, 1);
    const id = await createGroup(scim, 'Analysts', [ada!]);
    const body = { schemas: [groupSchema], displayName: 'Data Analysts' };

    const renamed = await scim('PUT', `/Groups/${id}`, { body });
    const kept = await memberIds(scim, id);
    await scim('PUT', `/Groups/${id}`, { body: { ...body, members: [] } });

    expect(renamed).toMatchObject({ status: 200, json: { displayName: 'Data Analysts' } });
    expect(kept).toEqual([ada]);
    expect(await memberIds(scim, id)).toEqual([]);
  });

  it('leave their groups when they are deleted', async () => {
    const { scim } = await scimContext();
    const [ada, bob] = await userIds(scim, 2);
    const ids = [await createGroup(scim, 'A', [ada!, bob!]), await createGroup(scim, 'B', [ada!])];

    await scim('DELETE', `/Users/${ada}`);

    expect(await Promise.all(ids.map((id) => memberIds(scim, id)))).toEqual([[bob], []]);
  });

  it('stay in storage while they are inactive', async () => {
    const { scim } = await scimContext();
    const [ada] = await userIds(scim, 1);
    const id = await createGroup(scim, 'A', [ada!]);

    await scim('PATCH', `/Users/${ada}`, {
      body: patchOp({ op: 'replace', value: { active: false } }),
    });

    expect(await memberIds(scim, id)).toEqual([ada]);
  });

  it('may be groups, but no circle of groups', async () => {
    const { scim } = await scimContext();
    const inner = await createGroup(scim, 'Inner');
    const middle = await createGroup(scim, 'Middle', [inner]);
    const outer = await createGroup(scim, 'Outer', [middle]);

    const circle = await scim('PATCH', `/Groups/${inner}`, { body: add(outer) });
    const itself = await scim('PATCH', `/Groups/${inner}`, { body: add(inner) });

    expect((await scim('GET', `/Groups/${outer}`)).json.members).toMatchObject([
      { value: middle, type: 'Group' },
    ]);
    expect([circle.status, itself.status]).toEqual([400, 400]);
    expect(await memberIds(scim, inner)).toEqual([]);
  });
});

describe('a change of more members than one transaction holds', () => {
  const count = 70;

  it('adds, replaces and clears all of them', async () => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone', ids.slice(0, 50));
    const created = await memberIds(scim, id);

    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    const added = await memberIds(scim, id);
    const kept = ids.slice(0, 2).map((value) => ({ value }));
    await scim('PUT', `/Groups/${id}`, {
      body: { schemas: [groupSchema], displayName: 'Few', members: kept },
    });
    const replaced = await memberIds(scim, id);
    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    await scim('PATCH', `/Groups/${id}`, { body: patchOp({ op: 'remove', path: 'members' }) });

    expect([created.length, added.length, replaced.length]).toEqual([50, count, 2]);
    expect(await memberIds(scim, id)).toEqual([]);
    expect((await scim('GET', `/Groups/${id}`)).json.displayName).toBe('Few');
    expect(await context.directoryStore.listJournals(key)).toEqual([]);
  });

  it('reads, keeps and clears more members than one page holds', async () => {
    const { scim, context, key } = await scimContext();
    const at = new Date(0).toISOString();
    const ids = Array.from({ length: 2_100 }, (_, n) =>
      newResourceId(new Date(n + 1), new Uint8Array(10)),
    );
    for (const id of ids)
      await context.directoryStore.commit(key, {
        resource: {
          after: {
            type: 'User',
            id,
            attributes: { userName: id },
            createdAt: at,
            lastModifiedAt: at,
            version: 1,
          },
        },
        attached: [],
      });
    const id = await createGroup(scim, 'Everyone', ids);
    const created = await memberIds(scim, id);

    const last = ids.at(-1)!;
    await scim('PUT', `/Groups/${id}`, {
      body: { schemas: [groupSchema], displayName: 'Everyone', members: [{ value: last }] },
    });

    expect(created.toSorted(byText)).toEqual(ids.toSorted(byText));
    expect(await memberIds(scim, id)).toEqual([last]);
  });

  it('tells access rules of each member once', async () => {
    const hook = recordingHook();
    const { scim, context, key } = await scimContext({ hooks: hook });
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone');
    hook.changes.length = 0;

    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });

    const members = hook.changes.flatMap((change) => change.members);
    expect(members.map(({ memberId }) => memberId).toSorted()).toEqual(ids.toSorted());
    expect(Math.max(...hook.changes.map((change) => change.members.length))).toBeLessThanOrEqual(
      20,
    );
    const attached = context.directoryStore.attached(key);
    expect(attached.filter(({ rowKey }) => rowKey.startsWith('intent-'))).toHaveLength(count);
  });

  it.each([1, 2, 3, 4, 5])('is completed by a timer if it dies at commit %i', async (dying) => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone');
    const { directoryStore } = context;
    const commit = directoryStore.commit.bind(directoryStore);
    let commits = 0;
    jest.spyOn(directoryStore, 'commit').mockImplementation(async (...work) => {
      if (++commits >= dying) throw new Error('The worker died.');
      return commit(...work);
    });

    const { status } = await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    jest.restoreAllMocks();
    context.wait(600);
    await context.services.provisioningMaintenance.maintain(() => undefined);

    expect(status).toBe(500);
    expect(await memberIds(scim, id)).toHaveLength(dying === 1 ? 0 : count);
    expect(await directoryStore.listJournals(key)).toEqual([]);
  });

  it('is completed before the next change of the group', async () => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone');
    const { directoryStore } = context;
    const commit = directoryStore.commit.bind(directoryStore);
    let commits = 0;
    jest.spyOn(directoryStore, 'commit').mockImplementation(async (...work) => {
      if (++commits > 1) throw new Error('The worker died.');
      return commit(...work);
    });
    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    jest.restoreAllMocks();

    await scim('PATCH', `/Groups/${id}`, {
      body: patchOp({ op: 'remove', path: `members[value eq "${ids[0]}"]` }),
    });

    expect((await memberIds(scim, id)).toSorted()).toEqual(ids.slice(1).toSorted());
    expect(await directoryStore.listJournals(key)).toEqual([]);
  });

  it('ends with a group that another worker deletes meanwhile', async () => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone');
    const { directoryStore } = context;
    const before = (await directoryStore.get(key, 'Group', id))!;
    const commit = directoryStore.commit.bind(directoryStore);
    let commits = 0;
    jest.spyOn(directoryStore, 'commit').mockImplementation(async (...work) => {
      if (++commits > 2) throw new Error('The worker died.');
      return commit(...work);
    });
    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    jest.restoreAllMocks();
    await directoryStore.commit(key, { resource: { before }, attached: [] });
    context.wait(600);

    const result = await context.services.provisioningMaintenance.maintain(() => undefined);

    expect(result.failedConnections).toBe(0);
    expect(await directoryStore.listJournals(key)).toEqual([]);
  });

  it('does not keep a connection from being deleted', async () => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone');
    const { directoryStore, services } = context;
    const commit = directoryStore.commit.bind(directoryStore);
    let commits = 0;
    jest.spyOn(directoryStore, 'commit').mockImplementation(async (...work) => {
      if (++commits > 1) throw new Error('The worker died.');
      return commit(...work);
    });
    await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    await services.provisioningConnections.delete(owner, key);
    context.wait(600);

    const result = await services.provisioningMaintenance.maintain(() => undefined);

    jest.restoreAllMocks();
    expect(result).toMatchObject({ deletedConnections: 1, failedConnections: 0 });
  });

  it('is completed although an earlier one fails', async () => {
    const { scim, context, key } = await scimContext();
    const ids = await userIds(scim, count);
    const [broken, whole] = [await createGroup(scim, 'Broken'), await createGroup(scim, 'Whole')];
    const { directoryStore } = context;
    const commit = directoryStore.commit.bind(directoryStore);
    const failing = (isFailing: (groupId: string | undefined) => boolean) =>
      jest.spyOn(directoryStore, 'commit').mockImplementation(async (of, write) => {
        if (isFailing(write.members?.groupId)) throw new Error('The row is damaged.');
        return commit(of, write);
      });
    failing((groupId) => groupId !== undefined);
    for (const id of [broken, whole]) await scim('PATCH', `/Groups/${id}`, { body: add(...ids) });
    failing((groupId) => groupId === broken);
    context.wait(600);

    const result = await context.services.provisioningMaintenance.maintain(() => undefined);

    jest.restoreAllMocks();
    expect(result.failedConnections).toBe(1);
    expect(await memberIds(scim, whole)).toHaveLength(count);
    expect(await directoryStore.listJournals(key)).toHaveLength(1);
  });

  it('ends with the deletion of the group', async () => {
    const hook = recordingHook();
    const { scim, context, key } = await scimContext({ hooks: hook });
    const ids = await userIds(scim, count);
    const id = await createGroup(scim, 'Everyone', ids);
    hook.changes.length = 0;

    await scim('DELETE', `/Groups/${id}`);

    const removed = hook.changes.flatMap(({ members }) => members);
    expect(removed.map(({ effect }) => effect)).toEqual(Array(count).fill('removed'));
    expect((await scim('GET', `/Users/${ids[0]}`)).json.groups).toBeUndefined();
    expect(await context.directoryStore.listJournals(key)).toEqual([]);
    await createGroup(scim, 'Everyone');
  });
});

describe('a group', () => {
  it('has a displayName of its own, without case', async () => {
    const { scim } = await scimContext();
    await createGroup(scim, 'Analysts');

    const { status, json } = await scim('POST', '/Groups', {
      body: { schemas: [groupSchema], displayName: 'ANALYSTS' },
    });

    expect([status, json.scimType]).toEqual([409, 'uniqueness']);
  });

  it('is returned by a patch only if attributes are asked for', async () => {
    const { scim } = await scimContext();
    const id = await createGroup(scim, 'Analysts');
    const body = patchOp({ op: 'replace', path: 'displayName', value: 'Data' });

    const silent = await scim('PATCH', `/Groups/${id}`, { body });
    const asked = await scim('PATCH', `/Groups/${id}?attributes=displayName`, { body });

    expect([silent.status, silent.json]).toEqual([204, undefined]);
    expect([asked.status, asked.json.displayName]).toEqual([200, 'Data']);
  });

  it.each([
    [2, '', 200],
    [101, '', 204],
    [101, '?attributes=', 204],
    [101, '?excludedAttributes=members', 200],
  ])('of %i members answers a strict patch%s with %i', async (count, query, expected) => {
    const { scim, context } = await scimContext({ profile: 'strict' });
    const id = await createGroup(scim, 'Analysts', await userIds(scim, count));
    const lists = jest.spyOn(context.directoryStore, 'listMembers');

    const { status, headers, json } = await scim('PATCH', `/Groups/${id}${query}`, {
      body: patchOp({ op: 'replace', path: 'displayName', value: 'Data' }),
    });

    const reads = lists.mock.calls.length;
    const read = await scim('GET', `/Groups/${id}${query}`);
    expect([status, headers['ETag']]).toEqual([expected, read.headers['ETag']]);
    expect(json).toEqual(expected === 200 ? read.json : undefined);
    expect(reads).toBe({ '2': 2, '101': expected === 204 ? 1 : 0 }[count]);
  });

  it('has the status of each response in its audit records', async () => {
    const records: unknown[] = [];
    const note = ({ status }: AuditRecord) => records.push(status);
    const audit = {
      rowOf: (record: AuditRecord) => ({ rowKey: `audit-${note(record)}`, columns: {} }),
      append: async (record: AuditRecord) => void note(record),
    };
    const { scim } = await scimContext({ profile: 'strict', hooks: { audit } });
    const [ada] = await userIds(scim, 1);
    const statuses: number[] = [];
    const call = async (method: string, path: string, body?: object) => {
      const { status } = await scim(method, path, { body });
      statuses.push(status);
    };
    records.length = 0;

    const id = await createGroup(scim, 'Analysts');
    const renamed = { schemas: [groupSchema], displayName: 'Data', members: [{ value: ada }] };
    await call('PUT', `/Groups/${id}`, renamed);
    await call('PUT', `/Groups/${id}`, renamed);
    await call('PATCH', `/Groups/${id}`, patchOp({ op: 'remove', path: 'members' }));
    await call('PATCH', `/Groups/${id}?attributes=id`, add(ada!));
    await call('DELETE', `/Groups/${id}`);

    expect(statuses).toEqual([200, 200, 200, 200, 204]);
    expect(records).toEqual([201, ...statuses, 204]);
  });

  it.each([
    ['strict', 400],
    ['okta', 204],
  ] as const)('refuses a contradictory $ref of a member: %s %i', async (profile, expected) => {
    const { scim } = await scimContext({ profile });
    const [ada, bob] = await userIds(scim, 2);
    const id = await createGroup(scim, 'Analysts');
    const join = (value: string, of: string) => ({
      op: 'add',
      path: 'members',
      value: [{ value, $ref: `https://contoso.example/scim/v2/Users/${of}`, type: 'User' }],
    });

    const right = await scim('PATCH', `/Groups/${id}`, { body: patchOp(join(ada!, ada!)) });
    const wrong = await scim('PATCH', `/Groups/${id}`, { body: patchOp(join(bob!, ada!)) });

    expect([right.status < 300, wrong.status]).toEqual([true, expected]);
  });
});

describe('what follows a change', () => {
  it('is waited for by its request, but not by the next one', async () => {
    let release = () => {};
    const access: AccessHook = {
      intentsOf: () => [],
      afterChange: ({ members }) =>
        members.length === 0 ? Promise.resolve() : new Promise((done) => (release = done)),
      release: async () => true,
    };
    const { scim } = await scimContext({ hooks: { access } });
    const [ada] = await userIds(scim, 1);
    const id = await createGroup(scim, 'Analysts');
    let isAnswered = false;

    const first = scim('PATCH', `/Groups/${id}`, { body: add(ada!) }).then(() => {
      isAnswered = true;
    });
    const second = await scim('PATCH', `/Groups/${id}`, {
      body: patchOp({ op: 'replace', path: 'displayName', value: 'Data' }),
    });
    const wasAnswered = isAnswered;
    release();
    await first;

    expect([second.status, wasAnswered]).toEqual([204, false]);
  });
});
