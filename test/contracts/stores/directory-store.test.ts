/** DirectoryStore: one contract for the fake and the Table Storage adapter. */
import { DirectoryTable } from '../../../functions/azure/tables/directory/directory-table';
import type { DirectoryResource } from '../../../functions/provisioning/directory/directory';
import { newResourceId } from '../../../functions/provisioning/directory/directory';
import type { Journal } from '../../../functions/provisioning/directory/journal';
import type { DirectoryStore, DirectoryWrite } from '../../../functions/provisioning/ports';
import { fakeDirectoryStore } from '../../fakes/directory-store';
import { now, owner } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const key = { tenantId: owner.tenantId, connectionId: 'p1' };
const otherKey = { ...key, connectionId: 'p2' };
const at = now.toISOString();
const idOf = (n: number) => newResourceId(now, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, n));

const aUser = (n: number, attributes: Record<string, string> = {}): DirectoryResource => ({
  type: 'User',
  id: idOf(n),
  attributes: { userName: `user${n}@contoso.com`, ...attributes },
  createdAt: at,
  lastModifiedAt: at,
  version: 1,
});
const aGroup = (n: number, attributes: Record<string, string> = {}): DirectoryResource => ({
  ...aUser(n),
  type: 'Group',
  attributes: { displayName: `Group ${n}`, ...attributes },
});
const removal: Journal = {
  id: idOf(99),
  at,
  origin: { actor: { kind: 'token', tokenId: 't1' }, requestId: 'r1' },
  kind: 'removal',
  type: 'User',
  resourceId: idOf(1),
};

const write = (parts: Partial<DirectoryWrite>): DirectoryWrite => ({ attached: [], ...parts });
const create = async (store: DirectoryStore, after: DirectoryResource, where = key) =>
  (await store.commit(where, write({ resource: { after } })))!;

describe.each<[string, () => DirectoryStore | Promise<DirectoryStore>]>([
  ['fake', () => fakeDirectoryStore()],
  ['Table Storage', async () => new DirectoryTable(await storage.newTable())],
])('DirectoryStore: %s', (_, open) => {
  it('reads a resource as it was written', async () => {
    const store = await open();
    const user = aUser(1, { externalId: 'e1' });

    const stored = await create(store, user);

    expect(stored).toEqual({ ...user, etag: expect.any(String) });
    expect(await store.get(key, 'User', user.id)).toEqual(stored);
    expect(await store.get(key, 'Group', user.id)).toBeUndefined();
    expect(await store.get(otherKey, 'User', user.id)).toBeUndefined();
  });

  it('keeps attributes that exceed a text column', async () => {
    const store = await open();
    const user = aUser(1, { displayName: 'é'.repeat(60_000) });

    await create(store, user);

    expect((await store.get(key, 'User', user.id))?.attributes).toEqual(user.attributes);
  });

  it('finds resources by their indexed attributes', async () => {
    const store = await open();
    const first = await create(store, aUser(1, { externalId: 'e1' }));
    const second = await create(store, aUser(2, { externalId: 'e1' }));
    const group = await create(store, aGroup(3, { externalId: 'e1' }));

    expect(await store.find(key, 'User', 'userName', 'USER1@contoso.com')).toEqual([first]);
    expect(await store.find(key, 'User', 'externalId', 'e1')).toEqual([first, second]);
    expect(await store.find(key, 'User', 'externalId', 'E1')).toEqual([]);
    expect(await store.idsByExternalId(key, 'User', 'e1')).toEqual([first.id, second.id]);
    expect(await store.find(key, 'Group', 'displayName', 'group 3')).toEqual([group]);
    expect(await store.find(otherKey, 'Group', 'displayName', 'group 3')).toEqual([]);
  });

  it('moves the indexes of a resource with its values', async () => {
    const store = await open();
    const before = await create(store, aUser(1, { externalId: 'e1' }));
    const after = { ...before, attributes: { userName: 'new', externalId: 'e2' }, version: 2 };

    const changed = await store.commit(key, write({ resource: { before, after } }));

    expect(await store.find(key, 'User', 'userName', 'user1@contoso.com')).toEqual([]);
    expect(await store.find(key, 'User', 'externalId', 'e1')).toEqual([]);
    expect(await store.find(key, 'User', 'externalId', 'e2')).toEqual([changed]);
    await create(store, { ...aUser(2), attributes: { userName: 'user1@contoso.com' } });
  });

  it('refuses a unique value of another resource', async () => {
    const store = await open();
    await create(store, aUser(1));
    const second = await create(store, aUser(2));
    const attributes = { userName: 'USER1@contoso.com' };

    const creation = create(store, { ...aUser(3), attributes });
    const change = store.commit(
      key,
      write({ resource: { before: second, after: { ...second, attributes } } }),
    );

    await expect(creation).rejects.toMatchObject({ code: 'directory_value_taken' });
    await expect(change).rejects.toMatchObject({ code: 'directory_value_taken' });
    expect(await store.listIds(key, 'User')).toEqual([idOf(1), idOf(2)]);
    await create(store, { ...aUser(3), attributes }, otherKey);
  });

  it('lets one of many concurrent creations have a name', async () => {
    const store = await open();

    const created = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((n) => create(store, { ...aUser(n), attributes: { userName: 'same' } })),
    );

    expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.listIds(key, 'User')).toHaveLength(1);
  });

  it('refuses a change of an outdated version', async () => {
    const store = await open();
    const before = await create(store, aUser(1));
    await store.commit(key, write({ resource: { before, after: { ...before, version: 2 } } }));

    const second = store.commit(
      key,
      write({ resource: { before, after: { ...before, version: 3 } } }),
    );

    await expect(second).rejects.toMatchObject({ code: 'directory_changed' });
  });

  it('lists resources in the order of creation, page by page', async () => {
    const store = await open();
    for (const n of [3, 1, 2]) await create(store, aUser(n));
    await create(store, aGroup(4));

    const first = await store.list(key, 'User', { limit: 2 });
    const second = await store.list(key, 'User', { limit: 2, continuation: first.continuation! });

    expect(first.items.map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
    expect(second.items.map(({ id }) => id)).toEqual([idOf(3)]);
    expect(second.continuation).toBeUndefined();
    expect(await store.listIds(key, 'User')).toEqual([idOf(1), idOf(2), idOf(3)]);
    expect(await store.listIds(key, 'User', idOf(1))).toEqual([idOf(2), idOf(3)]);
    expect(await store.listIds(key, 'User', idOf(3))).toEqual([]);
    const many = await store.getMany(key, 'User', [idOf(3), idOf(9), idOf(1)]);
    expect(many.map(({ id }) => id)).toEqual([idOf(3), idOf(1)]);
  });

  it('marks deletions by type, and no other change', async () => {
    const store = await open();
    const [first, second] = [await create(store, aUser(1)), await create(store, aUser(2))];
    await create(store, aGroup(3));
    const marks = [await store.getDeletions(key, 'User')];

    for (const before of [first, second]) {
      await store.commit(key, write({ resource: { before } }));
      marks.push(await store.getDeletions(key, 'User'));
    }

    expect(new Set(marks).size).toBe(3);
    expect(marks[0]).toBeUndefined();
    expect(await store.getDeletions(key, 'Group')).toBeUndefined();
    expect(await store.getDeletions(otherKey, 'User')).toBeUndefined();
  });

  it('adds and removes members in both directions', async () => {
    const store = await open();
    for (const n of [1, 2]) await create(store, aUser(n));
    const group = await create(store, aGroup(3));
    const members = [1, 2].map((n) => ({ id: idOf(n), type: 'User' as const }));

    await store.commit(key, write({ members: { groupId: group.id, add: members, remove: [] } }));

    expect((await store.listMembers(key, group.id, { limit: 9 })).items).toEqual(members);
    expect(await store.groupIdsOf(key, [1, 2, 3, 4, 5].map(idOf))).toEqual(
      new Map([1, 2].map((n) => [idOf(n), [group.id]])),
    );
    await store.commit(
      key,
      write({ members: { groupId: group.id, add: [], remove: [{ id: idOf(1), type: 'User' }] } }),
    );
    expect(await store.getMembers(key, group.id, [idOf(1), idOf(2)])).toEqual([members[1]]);
    expect(await store.groupIdsOf(key, [idOf(1)])).toEqual(new Map());
  });

  it.each<[string, (groupId: string) => Partial<DirectoryWrite>]>([
    [
      'a member that does not exist',
      (groupId) => ({ members: { groupId, add: [{ id: idOf(8), type: 'User' }], remove: [] } }),
    ],
    [
      'a member of another type',
      (groupId) => ({ members: { groupId, add: [{ id: idOf(1), type: 'Group' }], remove: [] } }),
    ],
    [
      'a member that is present',
      (groupId) => ({ members: { groupId, add: [{ id: idOf(2), type: 'User' }], remove: [] } }),
    ],
    [
      'a removal of a member that is absent',
      (groupId) => ({ members: { groupId, add: [], remove: [{ id: idOf(1), type: 'User' }] } }),
    ],
    [
      'a group that does not exist',
      () => ({ members: { groupId: idOf(7), add: [{ id: idOf(1), type: 'User' }], remove: [] } }),
    ],
    ['a journal that is gone', () => ({ whileJournal: idOf(98) })],
  ])('refuses %s without storing anything', async (_, parts) => {
    const store = await open();
    for (const n of [1, 2]) await create(store, aUser(n));
    const group = await create(store, aGroup(3));
    await store.commit(
      key,
      write({ members: { groupId: group.id, add: [{ id: idOf(2), type: 'User' }], remove: [] } }),
    );

    const refused = store.commit(key, write({ putJournal: removal, ...parts(group.id) }));

    await expect(refused).rejects.toMatchObject({ code: 'directory_changed' });
    expect(await store.listJournals(key)).toEqual([]);
    expect((await store.listMembers(key, group.id, { limit: 9 })).items).toHaveLength(1);
  });

  it('changes the etag of a member with its groups', async () => {
    const store = await open();
    const user = await create(store, aUser(1));
    const { id: groupId } = await create(store, aGroup(3));
    const member = { id: user.id, type: 'User' as const };
    const etag = async () => (await store.get(key, 'User', user.id))!.etag.split(' ')[0];

    await store.commit(key, write({ members: { groupId, add: [member], remove: [] } }));
    const added = await etag();
    await store.commit(key, write({ members: { groupId, add: [], remove: [member] } }));

    expect(new Set([user.etag.split(' ')[0], added, await etag()]).size).toBe(3);
  });

  it('removes a deleted user from its groups', async () => {
    const store = await open();
    const user = await create(store, aUser(1));
    const { id: groupId } = await create(store, aGroup(3));
    const member = { id: user.id, type: 'User' as const };
    await store.commit(key, write({ members: { groupId, add: [member], remove: [] } }));
    const before = (await store.get(key, 'User', user.id))!;
    await store.commit(key, write({ resource: { before }, putJournal: removal }));

    const refused = store.commit(key, write({ members: { groupId, add: [], remove: [member] } }));
    await expect(refused).rejects.toMatchObject({ code: 'directory_changed' });
    const remove = [{ ...member, isDeleted: true }];
    await store.commit(key, write({ members: { groupId, add: [], remove } }));

    expect((await store.listMembers(key, groupId, { limit: 9 })).items).toEqual([]);
  });

  it('deletes a resource together with its indexes', async () => {
    const store = await open();
    const before = await create(store, aUser(1, { externalId: 'e1' }));

    await store.commit(key, write({ resource: { before }, putJournal: removal }));

    expect(await store.get(key, 'User', before.id)).toBeUndefined();
    expect(await store.find(key, 'User', 'externalId', 'e1')).toEqual([]);
    expect(await store.listJournals(key)).toEqual([removal]);
    expect(await store.listRemovals(key)).toEqual(new Set([before.id]));
    await expect(store.commit(key, write({ resource: { before } }))).rejects.toMatchObject({
      code: 'directory_changed',
    });
  });

  it('keeps a journal until it is deleted', async () => {
    const store = await open();
    const { id, origin } = removal;
    const journal: Journal = {
      id,
      at,
      origin,
      kind: 'membership',
      groupId: idOf(3),
      clear: false,
      add: Array.from({ length: 200 }, (_, n) => ({ id: idOf(n % 250), type: 'User' })),
      remove: [idOf(9)],
    };

    await store.commit(key, write({ putJournal: journal }));

    expect(await store.getJournal(key, journal.id)).toEqual(journal);
    expect(await store.listRemovals(key)).toEqual(new Set());
    await store.commit(key, write({ deleteJournal: journal.id }));
    expect(await store.getJournal(key, journal.id)).toBeUndefined();
  });

  it('purges everything but the audit trail', async () => {
    const store = await open();
    const attached = ['intent-1', 'audit-1'].map((rowKey) => ({ rowKey, columns: { n: 1 } }));
    await store.commit(key, { resource: { after: aUser(1) }, attached });
    await create(store, aUser(2), otherKey);

    await store.purge(key);

    expect(await store.listIds(key, 'User')).toEqual([]);
    expect(await store.listIds(otherKey, 'User')).toEqual([idOf(2)]);
  });
});
