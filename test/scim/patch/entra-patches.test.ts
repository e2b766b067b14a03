/**
 * The requests that Entra ID documents, without and with the flag aadOptscim062020
 * (https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility).
 */
import { azure, babs, enterprise, patchGroup, patchUser, scimErrorOf } from '../support/resources';

const entra = (...operations: Parameters<typeof patchUser>[0]) => patchUser(operations, 'entra');
const manager = (value: unknown) =>
  entra({ op: 'Replace', path: `${enterprise}:manager`, value: value as string }).attributes[
    enterprise
  ];

describe('applyPatch for Entra ID', () => {
  it.each([
    ['without the flag', { op: 'Replace', path: 'active', value: 'False' }],
    ['with the flag', { op: 'replace', path: 'active', value: false }],
    ['without a path', { op: 'replace', value: { active: 'false' } }],
  ])('disables a user %s', (_what, operation) => {
    const { attributes, changes } = entra(operation);

    expect(attributes).toEqual({ ...babs, active: false });
    expect(changes).toEqual([{ path: 'active', before: true, after: false }]);
  });

  it.each(['Add', 'add', 'ADD'])('takes the op %s', (op) => {
    expect(entra({ op, path: 'nickName', value: 'Babs' }).attributes['nickName']).toBe('Babs');
  });

  it('replaces several attributes by path', () => {
    const { attributes } = entra(
      { op: 'Replace', path: 'displayName', value: 'Pvlo' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@test.example' },
      { op: 'Replace', path: 'name.givenName', value: 'Gtfd' },
      { op: 'Replace', path: 'name.familyName', value: 'Pkqf' },
      { op: 'Replace', path: 'externalId', value: 'Eqpj' },
      { op: 'Replace', path: `${enterprise}:employeeNumber`, value: 'Eqpj' },
    );

    expect(attributes).toMatchObject({
      displayName: 'Pvlo',
      name: { givenName: 'Gtfd', familyName: 'Pkqf' },
      externalId: 'Eqpj',
      emails: [{ value: 'new@test.example', type: 'work', primary: true }, { type: 'home' }],
      [enterprise]: { employeeNumber: 'Eqpj', manager: { value: '26118915' } },
    });
  });

  it('replaces several attributes by dotted and qualified keys', () => {
    const { attributes } = entra({
      op: 'replace',
      value: {
        displayName: 'Bjfe',
        'name.givenName': 'Kkom',
        'name.familyName': 'Unua',
        'emails[type eq "work"].value': 'key@test.example',
        [`${enterprise}:employeeNumber`]: 'Aklq',
        [`${azure}:objectId`]: '08e1d05d-121c-4561-8b96-473d93df9210',
      },
    });

    expect(attributes).toMatchObject({
      displayName: 'Bjfe',
      name: { givenName: 'Kkom', familyName: 'Unua' },
      emails: [{ value: 'key@test.example' }, {}],
      [enterprise]: { employeeNumber: 'Aklq' },
      [azure]: { objectId: '08e1d05d-121c-4561-8b96-473d93df9210' },
    });
  });

  it.each(['Add', 'Replace'])(
    'creates the value of a condition that matches nothing by %s',
    (op) => {
      const { attributes } = entra(
        { op, path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555' },
        { op, path: 'addresses[type eq "other"].formatted', value: 'Somewhere' },
        { op, path: 'roles[primary eq "True"].value', value: 'Admin' },
      );

      expect(attributes['phoneNumbers']).toEqual([{ type: 'mobile', value: '+1 555' }]);
      expect(attributes['addresses']).toContainEqual({ type: 'other', formatted: 'Somewhere' });
      expect(attributes['roles']).toEqual([{ primary: true, value: 'Admin' }]);
    },
  );

  it.each([
    ['a text', 'b', { value: 'b' }],
    ['an object', { value: 'b' }, { value: 'b' }],
    ['an object with a reference', { value: 'b', $ref: 'x' }, { value: 'b', $ref: 'x' }],
    ['a list of one', [{ value: 'b', displayName: 'B' }], { value: 'b' }],
    ['an empty text', '', undefined],
    ['an empty value', { value: '' }, undefined],
    ['an empty list', [], undefined],
    ['null', null, undefined],
  ])('takes a manager as %s', (_what, value, expected) => {
    expect(manager(value)).toEqual({
      employeeNumber: '701984',
      ...(expected && { manager: expected }),
    });
  });

  it('does not keep the reference of the former manager', () => {
    const attributes = { userName: 'a', [enterprise]: { manager: { value: 'a', $ref: 'A' } } };
    const path = `${enterprise}:manager`;

    const { attributes: after } = patchUser([{ op: 'Add', path, value: 'b' }], 'entra', attributes);

    expect(after[enterprise]).toEqual({ manager: { value: 'b' } });
  });

  it.each(['', null])('takes %j as unassigned', (value) => {
    const { attributes } = entra({ op: 'Replace', path: 'title', value });

    expect(attributes).not.toHaveProperty('title');
  });

  it('reads roles that hold JSON in a text', () => {
    const role = JSON.stringify({ id: '06b07648', value: '25', displayName: 'Role1234' });

    const { attributes } = entra({ op: 'Add', path: 'roles', value: [{ value: role }] });

    expect(attributes['roles']).toEqual([{ value: '25', display: 'Role1234' }]);
  });

  it('removes a role by a value that holds JSON', () => {
    const role = JSON.stringify({ id: '06b07648', value: '25', displayName: 'Role1234' });
    const before = { userName: 'a', roles: [{ value: '25' }, { value: '26' }] };
    const operation = { op: 'Remove', path: 'roles', value: [{ value: role }] };

    const { attributes } = patchUser([operation], 'entra', before);

    expect(attributes['roles']).toEqual([{ value: '26' }]);
  });

  it.each(['{', '{}', '{"value":1}', '{"value":'])('keeps the role %s as it is', (value) => {
    const { attributes } = entra({ op: 'Add', path: 'roles', value: [{ value }] });

    expect(attributes['roles']).toEqual([{ value }]);
  });

  it.each([
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department'],
    ['urn:scim:schemas:extension:enterprise:1.0:department'],
    ['urn:scim:schemas:extension:enterprise:1.0.department'],
  ])('maps the legacy path %s', (path) => {
    const { attributes } = entra({ op: 'Add', path, value: 'Sales' });

    expect(attributes[enterprise]).toMatchObject({ department: 'Sales' });
    expect(scimErrorOf(() => patchUser([{ op: 'add', path, value: 'x' }], 'okta')).scimType).toBe('invalidPath'); // prettier-ignore
  });

  it('ignores an echo of read-only attributes', () => {
    const value = { id: '2819c223-7f76-453a-919d-413861904646', meta: { version: 'x' }, groups: [], schemas: [enterprise] }; // prettier-ignore

    expect(entra({ op: 'replace', value }).changes).toEqual([]);
  });
});

describe('member changes for Entra ID', () => {
  it.each([
    ['a list', [{ value: 'u1091' }]],
    ['an object', { value: 'u1091' }],
    ['a text', 'u1091'],
    ['a list of texts', ['u1091']],
    ['differing details', [{ value: 'u1091', display: 'other', $ref: 'x' }]],
  ])('remove a member by %s', (_what, value) => {
    const { members } = patchGroup([{ op: 'Remove', path: 'members', value }], 'entra');

    expect(members).toMatchObject({ clear: false, remove: new Set(['u1091']), removeMatching: [] });
  });

  it('remove no member by an empty list', () => {
    const { members } = patchGroup([{ op: 'Remove', path: 'members', value: [] }], 'entra');

    expect(members).toMatchObject({ clear: false, remove: new Set(), removeMatching: [] });
  });

  it.each([
    [null],
    [''],
    [{}],
    [[{}]],
    [[null]],
    [['']],
    [[[]]],
    [{ value: '' }],
    [{ value: null }],
    [1],
  ])('refuse to remove members by %j', (value) => {
    const operation = { op: 'Remove', path: 'members', value };

    expect(scimErrorOf(() => patchGroup([operation], 'entra')).scimType).toBe('invalidValue');
  });

  it.each([[null], ['']])('refuse to replace members by %j', (value) => {
    const [byPath, without] = [
      { op: 'Replace', path: 'members', value },
      { op: 'Replace', value: { members: value } },
    ];

    expect(scimErrorOf(() => patchGroup([byPath], 'entra')).scimType).toBe('invalidValue');
    expect(scimErrorOf(() => patchGroup([without], 'entra')).scimType).toBe('invalidValue');
  });
});
