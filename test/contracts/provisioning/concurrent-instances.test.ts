/** Requests of an identity provider that two instances of the app handle at the same time. */
import fc from 'fast-check';
import { objectIdOf } from '../../access/access-context';
import { groupSchema, patchOp, userSchema, type ScimClient } from '../../provisioning/scim-client';
import { useStorage } from '../../support/storage';
import { openInstances, type AuditEntry } from './instances';

const storage = useStorage();
const people = 4;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const send = (scim: ScimClient, { method, path, body }: Request) =>
  scim(method, path, body && { body });
const setActive = (id: string, value: boolean): Request => ({
  method: 'PATCH',
  path: `/Users/${id}`,
  body: patchOp({ op: 'replace', path: 'active', value }),
});
const removal = (groupId: string, id: string): Request => ({
  method: 'PATCH',
  path: `/Groups/${groupId}`,
  body: patchOp({ op: 'remove', path: `members[value eq "${id}"]` }),
});
const deletion = (id: string): Request => ({ method: 'DELETE', path: `/Users/${id}` });
const countOf = (entries: readonly AuditEntry[], name: string) =>
  entries.filter(({ action }) => action === name).length;

describe('two instances that receive the same request', () => {
  it.each([
    [
      'a deactivation',
      (_: string, id: string) => setActive(id, false),
      [200, 200],
      { 'user.deactivated': people, 'request.unchanged': people },
    ],
    [
      'a deletion',
      (_: string, id: string) => deletion(id),
      [204, 404],
      { 'user.deleted': people, 'request.refused': people },
    ],
    [
      'a removal of a member',
      removal,
      [204, 204],
      { 'group.members_changed': people, 'request.unchanged': people },
    ],
  ] as const)('revoke and record once: %s', async (_, toRequest, statuses, records) => {
    const instances = await openInstances(storage, people);
    const { azure, ids, groupId, clients } = instances;
    const assigned = azure.all().length;

    const responses = await Promise.all(
      ids.map(async (id) => {
        const both = clients.map((scim) => send(scim, toRequest(groupId, id)));
        return (await Promise.all(both)).map(({ status }) => status).toSorted((a, b) => a - b);
      }),
    );
    await instances.drain();

    const entries = await instances.entries();
    const revoked = azure.calls().filter((call) => call.startsWith('delete'));
    expect(assigned).toBe(people);
    expect(responses).toEqual(ids.map(() => statuses));
    expect(azure.all()).toEqual([]);
    expect(revoked).toHaveLength(people);
    expect(countOf(entries, 'grant.revoked')).toBe(people);
    for (const [action, count] of Object.entries(records))
      expect([action, countOf(entries, action)]).toEqual([action, count]);
  });
});

describe('two instances that receive requests at random', () => {
  it('agree on members, assignments and the audit trail', async () => {
    const instances = await openInstances(storage, people);
    const { azure, ids, groupId, clients } = instances;
    const requests = fc.sample(requestTo(groupId, ids), { seed: 7, numRuns: 40 });
    const statuses: number[] = [];

    // Two lanes of each instance take the next request.
    let next = 0;
    const lane = async (scim: ScimClient) => {
      while (next < requests.length) statuses.push((await send(scim, requests[next++]!)).status);
    };
    await Promise.all([...clients, ...clients].map(lane));
    await instances.drain();

    const group = await clients[0]('GET', `/Groups/${groupId}`);
    const members = (group.json.members ?? []).map(({ value }: { value: string }) => value);
    const read = await Promise.all(ids.map((id) => clients[1]('GET', `/Users/${id}`)));
    const users = read.flatMap(({ status, json }) => (status === 200 ? [json] : []));
    const wanted = users.filter(({ id, active }) => active !== false && members.includes(id));
    const listed = users.filter(({ groups = [] }) => groups.length > 0).map(({ id }) => id);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect(new Set(listed)).toEqual(new Set(members));
    expect(
      azure
        .all()
        .map(({ principalId }) => principalId)
        .toSorted(byText),
    ).toEqual(wanted.map(({ externalId }) => externalId).toSorted(byText));
    const { contradictions, membersOf } = replayed(await instances.entries());
    expect(contradictions).toEqual([]);
    expect(membersOf(groupId)).toEqual(new Set(members));
  });
});

const byText = (one: string, other: string) => (one < other ? -1 : 1);

function requestTo(groupId: string, ids: readonly string[]): fc.Arbitrary<Request> {
  const id = fc.constantFrom(...ids);
  const members = fc.array(id.map((value) => ({ value })), { minLength: 1, maxLength: 3 }); // prettier-ignore
  const path = `/Groups/${groupId}`;
  const active = fc.boolean();
  return fc.oneof(
    fc.tuple(id, active).map(([one, value]) => setActive(one, value)),
    id.map((one) => removal(groupId, one)),
    members.map((value) => {
      return { method: 'PATCH', path, body: patchOp({ op: 'add', path: 'members', value }) };
    }),
    members.map((value) => {
      const body = { schemas: [groupSchema], displayName: 'ADF operators', members: value };
      return { method: 'PUT', path, body };
    }),
    fc.tuple(fc.nat({ max: people - 1 }), active).map(([n, value]) => {
      const names = { userName: `user${n}@contoso.com`, externalId: objectIdOf(n) };
      const body = { schemas: [userSchema], ...names, active: value };
      return { method: 'PUT', path: `/Users/${ids[n]}`, body };
    }),
    fc
      .tuple(id, fc.nat({ max: 3 }))
      .map(([one, n]) => (n === 0 ? deletion(one) : setActive(one, true))),
  );
}

/** What the trail says happened, in its order. */
function replayed(entries: readonly AuditEntry[]) {
  const members = new Map<string, Set<string>>();
  const values = new Map<string, string>();
  const contradictions: unknown[] = [];
  const membersOf = (groupId: string) => members.get(groupId) ?? new Set<string>();
  for (const entry of entries) {
    const { resource: { id = '' } = {}, members: changed, changes = [] } = entry;
    const set = membersOf(id);
    for (const one of changed?.removed ?? []) if (!set.delete(one)) contradictions.push(entry);
    for (const one of changed?.added ?? []) if (set.size === set.add(one).size) contradictions.push(entry); // prettier-ignore
    if (changed) members.set(id, set);
    for (const { path, before, after } of changes) {
      const known = values.get(`${id}|${path}`);
      if (known !== undefined && known !== JSON.stringify([before])) contradictions.push(entry);
      values.set(`${id}|${path}`, JSON.stringify([after]));
    }
  }
  return { contradictions, membersOf };
}
