import { parsePatch } from '../../../functions/scim/patch/patch-request';
import { profiles } from '../../../functions/scim/profile';
import { userType } from '../../../functions/scim/schema/resource-type';
import { enterprise, patchGroup, patchUser, scimErrorOf } from '../support/resources';

describe('applyPatch in the strict profile', () => {
  it.each([
    ['a boolean as text', { op: 'replace', path: 'active', value: 'true' }, 'invalidValue'],
    ['a dotted key', { op: 'replace', value: { 'name.givenName': 'x' } }, 'invalidPath'],
    [
      'a qualified key',
      { op: 'replace', value: { [`${enterprise}:division`]: 'x' } },
      'invalidPath',
    ],
    ['a condition that matches nothing', { op: 'replace', path: 'emails[type eq "fax"].value', value: 'x' }, 'noTarget'], // prettier-ignore
    ['an add to a value that is missing', { op: 'add', path: 'emails[type eq "fax"]', value: { value: 'x' } }, 'noTarget'], // prettier-ignore
    ['a manager as text', { op: 'add', path: `${enterprise}:manager`, value: 'x' }, 'invalidValue'],
    ['an email as text', { op: 'add', path: 'emails', value: ['a@x'] }, 'invalidValue'],
    ['a remove with a value', { op: 'remove', path: 'emails', value: [{ value: 'x' }] }, 'invalidValue'], // prettier-ignore
    ['meta without a path', { op: 'replace', value: { meta: {} } }, 'mutability'],
  ])('refuses %s', (_what, operation, scimType) => {
    expect(scimErrorOf(() => patchUser([operation])).scimType).toBe(scimType);
  });

  it('refuses to remove members by value', () => {
    const operation = { op: 'remove', path: 'members', value: [{ value: 'x' }] };

    expect(scimErrorOf(() => patchGroup([operation])).scimType).toBe('invalidValue');
  });

  it('refuses to change one member', () => {
    const operation = { op: 'replace', path: 'members[value eq "x"]', value: { value: 'y' } };

    expect(scimErrorOf(() => patchGroup([operation])).scimType).toBe('mutability');
  });

  it('takes null as unassigned and an empty text as a value', () => {
    const { attributes } = patchUser([
      { op: 'replace', path: 'title', value: null },
      { op: 'replace', path: 'userType', value: '' },
    ]);

    expect(attributes).not.toHaveProperty('title');
    expect(attributes['userType']).toBe('');
  });

  it.each([undefined, [], ['urn:x'], 'x'])('refuses a message with the schemas %j', (schemas) => {
    const body = { ...(schemas && { schemas }), Operations: [{ op: 'remove', path: 'title' }] };

    expect(scimErrorOf(() => parsePatch(body, userType, profiles.strict))).toMatchObject({
      scimType: 'invalidSyntax',
      attribute: 'schemas',
    });
  });

  it('ignores the case of the names of a message', () => {
    const schemas = ['URN:ietf:params:scim:api:messages:2.0:PATCHOP'];
    const operations = [{ OP: 'remove', Path: 'title' }];

    expect(parsePatch({ Schemas: schemas, operations }, userType, profiles.strict)).toHaveLength(1);
  });
});
