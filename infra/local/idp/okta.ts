/**
 * What Okta sends: "Understanding SCIM" and "SCIM 2.0 protocol reference" of Okta's developer guides. An
 * import, the life of a person with PUT and PATCH, a group push with adds, removes and a replacement.
 */
import { randomUUID } from 'node:crypto';
import { filtered, patch, schemas } from './messages';
import { expectEqual, type ScimSession } from './scim-session';

export async function replayOkta(session: ScimSession): Promise<void> {
  const run = randomUUID().slice(0, 8);
  const userName = `grace.${run}@contoso.com`;
  await session.step('Import users, 100 at a time', 'GET', '/Users?startIndex=1&count=100', {
    status: 200,
    check: isCounted,
  });
  await session.step('Import groups', 'GET', '/Groups?startIndex=1&count=100', {
    status: 200,
    check: isCounted,
  });
  await session.step(
    'Is the person there?',
    'GET',
    filtered('/Users', `userName eq "${userName}"`, '&startIndex=1&count=100'),
    { status: 200, check: expectEqual('totalResults', 0, total) },
  );
  const person = {
    schemas: [schemas.user],
    userName,
    name: { givenName: 'Grace', familyName: 'Hopper' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Grace Hopper',
    locale: 'en-US',
    externalId: `00u${run}`,
    groups: [],
    password: randomUUID(),
    active: true,
  };
  const grace = await session.step(
    'Create the person, with a password that is thrown away',
    'POST',
    '/Users',
    { status: 201, check: hasNoPassword },
    person,
  );
  const user = `/Users/${grace.id}`;
  await session.step('Create the person twice', 'POST', '/Users', { status: 409 }, person);
  const current = await session.step('Read the person', 'GET', user, { status: 200 });
  await session.step(
    'Update the person with the whole resource, as an app of the wizard',
    'PUT',
    user,
    { status: 200, check: expectEqual('title', 'Admiral', titleOf) },
    { ...current, title: 'Admiral' },
  );
  const group = await session.step(
    'Push a group with its member',
    'POST',
    '/Groups',
    { status: 201 },
    {
      schemas: [schemas.group],
      displayName: `Engineers ${run}`,
      members: [{ value: grace.id, display: userName }],
    },
  );
  const path = `/Groups/${group.id}`;
  await session.step(
    'Replace the members of the group',
    'PATCH',
    path,
    { status: 204 },
    patch(
      { op: 'remove', path: 'members' },
      { op: 'add', path: 'members', value: [{ value: grace.id, display: userName }] },
    ),
  );
  await session.step(
    'Rename the group without a path',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'replace', value: { id: group.id, displayName: `Builders ${run}` } }),
  );
  await session.step(
    'Remove the person by a value path',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'remove', path: `members[value eq "${grace.id}"]` }),
  );
  await session.step(
    'Add the person',
    'PATCH',
    path,
    { status: 204 },
    patch({ op: 'add', path: 'members', value: [{ value: grace.id, display: userName }] }),
  );
  await session.step(
    'Deactivate the person, as an app of the catalog',
    'PATCH',
    user,
    { status: 200, check: expectEqual('active', false, activeOf) },
    patch({ op: 'replace', value: { active: false } }),
  );
  await session.step('The person is read as inactive', 'GET', user, {
    status: 200,
    check: expectEqual('active', false, activeOf),
  });
  await session.step(
    'Reactivate the person',
    'PATCH',
    user,
    { status: 200, check: expectEqual('active', true, activeOf) },
    patch({ op: 'replace', value: { active: true } }),
  );
  await session.step(
    'Deactivate the person with the whole resource',
    'PUT',
    user,
    { status: 200, check: expectEqual('active', false, activeOf) },
    { ...current, active: false },
  );
  await session.step('Remove the pushed group', 'DELETE', path, { status: 204 });
  await session.step('Clean up: Okta itself never deletes a person', 'DELETE', user, {
    status: 204,
  });
}

const total = (body: { readonly totalResults: number }) => body.totalResults;
const titleOf = (body: { readonly title?: string }) => body.title ?? '';
const activeOf = (body: { readonly active?: boolean }) => body.active ?? true;

/** Okta reads the counters as whole numbers. */
function isCounted(body: Readonly<Record<string, unknown>>): string | undefined {
  const wrong = ['totalResults', 'startIndex', 'itemsPerPage'].filter(
    (name) => !Number.isInteger(body[name]),
  );
  return wrong.length === 0 ? undefined : `${wrong.join(', ')} must be whole numbers`;
}

const hasNoPassword = (body: object): string | undefined =>
  'password' in body ? 'the response has the password' : undefined;
