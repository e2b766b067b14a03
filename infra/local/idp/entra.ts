/**
 * What Entra ID sends, in both of its dialects: "Develop and plan provisioning for a SCIM endpoint" and
 * "Known issues with SCIM 2.0 protocol compliance" of Microsoft Learn. A person joins, changes, leaves,
 * comes back and is deleted; a group gains and loses members.
 */
import { randomUUID } from 'node:crypto';
import { filtered, patch, schemas } from './messages';
import { expectEqual, type ScimSession } from './scim-session';

const isEmptyList = { status: 200, check: expectEqual('totalResults', 0, total) };
const isOne = { status: 200, check: expectEqual('totalResults', 1, total) };
const isActive = (active: boolean) => ({
  status: 200,
  check: expectEqual('active', active, (body: { active?: boolean }) => body.active),
});

export async function replayEntra(session: ScimSession): Promise<void> {
  const run = randomUUID().slice(0, 8);
  const userName = `ada.${run}@contoso.com`;
  await session.step(
    'Test Connection: a random user is not found',
    'GET',
    filtered('/Users', `userName eq "${randomUUID()}"`),
    isEmptyList,
  );
  await session.step('Schema discovery', 'GET', '/Schemas', { status: 200 });
  await session.step(
    'Is the person there?',
    'GET',
    filtered('/Users', `externalId eq "${run}"`),
    isEmptyList,
  );
  const ada = await session.step(
    'Create the person',
    'POST',
    '/Users',
    { status: 201, check: expectEqual('userName', userName, (body: Named) => body.userName) },
    newUser(userName, run),
  );
  const user = `/Users/${ada.id}`;
  await session.step(
    'Match by userName',
    'GET',
    filtered('/Users', `userName eq "${userName.toUpperCase()}"`),
    isOne,
  );
  await session.step(
    'Update attributes by their paths',
    'PATCH',
    user,
    {
      status: 200,
      check: expectEqual('department', 'Analytics', (body: User) => departmentOf(body)),
    },
    patch(
      { op: 'Replace', path: 'emails[type eq "work"].value', value: `new.${userName}` },
      { op: 'Add', path: 'name.familyName', value: 'King' },
      { op: 'Add', path: `${schemas.enterprise}:department`, value: 'Analytics' },
    ),
  );
  await session.step(
    'Update attributes without a path (feature flag aadOptscim062020)',
    'PATCH',
    user,
    {
      status: 200,
      check: expectEqual('department', 'Data', (body: User) => departmentOf(body)),
    },
    patch({
      op: 'replace',
      value: { displayName: 'Ada King', [`${schemas.enterprise}:department`]: 'Data' },
    }),
  );
  await session.step(
    'Assign a manager',
    'PATCH',
    user,
    { status: 200 },
    patch({ op: 'Add', path: `${schemas.enterprise}:manager`, value: ada.id }),
  );

  const group = await session.step(
    'Create a group',
    'POST',
    '/Groups',
    { status: 201 },
    { schemas: [schemas.group], externalId: randomUUID(), displayName: `Analysts ${run}` },
  );
  const path = `/Groups/${group.id}`;
  await session.step(
    'Match the group by displayName, without members',
    'GET',
    filtered('/Groups', `displayName eq "Analysts ${run}"`, '&excludedAttributes=members'),
    isOne,
  );
  await session.step(
    'Add the person to the group',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'Add', path: 'members', value: [{ $ref: null, value: ada.id }] }),
  );
  await session.step(
    'Is the person in the group?',
    'GET',
    filtered('/Groups', `id eq "${group.id}" and members eq "${ada.id}"`),
    isOne,
  );
  await session.step(
    'Rename the group',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'Replace', path: 'displayName', value: `Data ${run}` }),
  );
  await session.step(
    'Disable the person: a text as boolean',
    'PATCH',
    user,
    isActive(false),
    patch({ op: 'Replace', path: 'active', value: 'False' }),
  );
  await session.step(
    'Enable the person again',
    'PATCH',
    user,
    isActive(true),
    patch({ op: 'Replace', path: 'active', value: 'True' }),
  );
  await session.step('The group was not sent again, and still has the person', 'GET', path, {
    status: 200,
    check: expectEqual('members', 1, memberCount),
  });
  await session.step(
    'Remove the person by value (dialect without the feature flag)',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: ada.id }] }),
  );
  await session.step(
    'Add the person again',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'Add', path: 'members', value: [{ value: ada.id }] }),
  );
  await session.step(
    'Remove the person by a value path (feature flag)',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'remove', path: `members[value eq "${ada.id}"]` }),
  );
  await session.step('The group is empty', 'GET', path, {
    status: 200,
    check: expectEqual('members', 0, memberCount),
  });
  await session.step(
    'Disable the person without a path',
    'PATCH',
    user,
    isActive(false),
    patch({ op: 'replace', value: { active: false } }),
  );
  await session.step('Delete the person', 'DELETE', user, { status: 204 });
  await session.step('Delete the group', 'DELETE', path, { status: 204 });
  await session.step('The person is gone', 'GET', user, { status: 404 });
}

interface Named {
  readonly userName: string;
}
interface User {
  readonly [schemas.enterprise]?: { readonly department?: string };
}

const departmentOf = (body: User) => body[schemas.enterprise]?.department ?? '';

function total(body: { readonly totalResults: number }): number {
  return body.totalResults;
}

function memberCount(body: { readonly members?: readonly object[] }): number {
  return body.members?.length ?? 0;
}

const newUser = (userName: string, run: string) => ({
  schemas: [schemas.user, schemas.enterprise, schemas.azure],
  externalId: run,
  userName,
  active: true,
  displayName: 'Ada Lovelace',
  emails: [{ primary: true, type: 'work', value: userName }],
  meta: { resourceType: 'User' },
  name: { formatted: 'Ada Lovelace', familyName: 'Lovelace', givenName: 'Ada' },
  roles: [],
  [schemas.enterprise]: { employeeNumber: run, department: 'Research' },
  [schemas.azure]: { objectId: randomUUID() },
});
