/** Users and groups that the benches of SCIM push, with the shapes of Entra ID. */
import type { LoadClient } from '../load';

const urn = 'urn:ietf:params:scim';
const concurrency = 16;
const membersPerRequest = 500;

export const patch = (...operations: readonly object[]) => ({
  schemas: [`${urn}:api:messages:2.0:PatchOp`],
  Operations: operations,
});

/** As Entra sends it if objectId is mapped to externalId. */
export const objectIdOf = (n: number) => `cccccccc-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const nameOf = (n: number) => `person${n}@bench.example`;

export const userOf = (n: number) => ({
  schemas: [`${urn}:schemas:core:2.0:User`],
  userName: nameOf(n),
  externalId: objectIdOf(n),
  displayName: `Person ${n}`,
  name: { givenName: 'Person', familyName: String(n) },
  emails: [{ value: nameOf(n), type: 'work', primary: true }],
  active: true,
});

/** The ids of users 0 to `count - 1`. */
export async function createUsers(client: LoadClient, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      ids[n] = (await client.call('POST', '/Users', userOf(n))).id;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return ids;
}

export async function createGroup(
  client: LoadClient,
  displayName: string,
  members: readonly string[],
): Promise<string> {
  const { id } = await client.call('POST', '/Groups', {
    schemas: [`${urn}:schemas:core:2.0:Group`],
    displayName,
    members: [],
  });
  for (let first = 0; first < members.length; first += membersPerRequest) {
    const value = members.slice(first, first + membersPerRequest).map((each) => ({ value: each }));
    await client.call('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value }));
  }
  return id;
}

/** Removes a member and adds it again. */
export async function changeMember(client: LoadClient, groupId: string, id: string): Promise<void> {
  const path = `/Groups/${groupId}`;
  await client.call('PATCH', path, patch({ op: 'remove', path: `members[value eq "${id}"]` }));
  await client.call('PATCH', path, patch({ op: 'add', path: 'members', value: [{ value: id }] }));
}
