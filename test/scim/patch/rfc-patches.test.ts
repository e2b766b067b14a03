/** The PATCH examples of RFC 7644 section 3.5.2. They hold in every profile. */
import { profileNames } from '../../../functions/scim/profile';
import { babs, babsId, enterprise, patchGroup, patchUser, scimErrorOf } from '../support/resources';

const ref = `https://example.com/v2/Users/${babsId}`;
const member = { display: 'Babs Jensen', $ref: ref, value: babsId };
const james = {
  display: 'James Smith',
  $ref: 'https://example.com/v2/Users/08e1d05d',
  value: '08e1d05d',
};

describe.each(profileNames)('applyPatch in the profile %s', (profile) => {
  it('adds a member', () => {
    const { members } = patchGroup([{ op: 'add', path: 'members', value: [member] }], profile);

    expect(members).toEqual({
      clear: false,
      add: new Map([[babsId, { value: babsId }]]),
      remove: new Set(),
      removeMatching: [],
    });
  });

  it('adds attributes without a path', () => {
    const value = { emails: [{ value: 'babs@other.org', type: 'home' }], nickname: 'Babs' };

    const { attributes, changes } = patchUser([{ op: 'add', value }], profile);

    expect(attributes).toEqual({
      ...babs,
      nickName: 'Babs',
      emails: [...(babs['emails'] as object[]), { value: 'babs@other.org', type: 'home' }],
    });
    expect(changes.map(({ path }) => path)).toEqual(['nickName', 'emails']);
  });

  it('removes one member', () => {
    const path = `members[value eq "${babsId}"]`;

    const { members } = patchGroup([{ op: 'remove', path }], profile);

    expect(members).toMatchObject({ clear: false, remove: new Set([babsId]), removeMatching: [] });
  });

  it('removes all members', () => {
    const { members } = patchGroup([{ op: 'remove', path: 'members' }], profile);

    expect(members).toMatchObject({ clear: true, add: new Map() });
  });

  it('removes the values that meet a condition', () => {
    const path = 'emails[type eq "work" and value ew "example.com"]';

    const { attributes } = patchUser([{ op: 'remove', path }], profile);

    expect(attributes['emails']).toEqual([{ value: 'babs@jensen.org', type: 'home' }]);
  });

  it('removes a member and adds another one', () => {
    const operations = [
      { op: 'remove', path: `members[value eq "${babsId}"]` },
      { op: 'add', path: 'members', value: [james] },
    ];

    const { members } = patchGroup(operations, profile);

    expect([...members!.remove]).toEqual([babsId]);
    expect([...members!.add.keys()]).toEqual(['08e1d05d']);
  });

  it('replaces all members by removing and adding them', () => {
    const operations = [
      { op: 'remove', path: 'members' },
      { op: 'add', path: 'members', value: [member, james] },
    ];

    const { members } = patchGroup(operations, profile);

    expect(members!.clear).toBe(true);
    expect([...members!.add.keys()]).toEqual([babsId, '08e1d05d']);
  });

  it('replaces all members', () => {
    const { members } = patchGroup([{ op: 'replace', path: 'members', value: [member] }], profile);

    expect(members).toMatchObject({ clear: true, remove: new Set() });
    expect([...members!.add.keys()]).toEqual([babsId]);
  });

  it('replaces the values that meet a condition', () => {
    const value = { type: 'work', streetAddress: '911 Universal City Plaza', primary: true };
    const operation = { op: 'replace', path: 'addresses[type eq "work"]', value };

    const { attributes } = patchUser([operation], profile);

    expect(attributes['addresses']).toEqual([value, (babs['addresses'] as object[])[1]]);
  });

  it('replaces a sub-attribute of the values that meet a condition', () => {
    const path = 'addresses[type eq "work"].streetAddress';

    const { attributes, changes } = patchUser(
      [{ op: 'replace', path, value: '1010 Broadway Ave' }],
      profile,
    );

    expect(attributes['addresses']).toEqual([
      { type: 'work', streetAddress: '1010 Broadway Ave', locality: 'Hollywood' },
      (babs['addresses'] as object[])[1],
    ]);
    expect(changes).toHaveLength(1);
  });

  it('replaces attributes without a path', () => {
    const emails = [
      { value: 'bjensen@example.com', type: 'work', primary: true },
      { value: 'babs@new.org', type: 'home' },
    ];

    const { attributes } = patchUser(
      [{ op: 'replace', value: { emails, nickname: 'Babs' } }],
      profile,
    );

    expect(attributes).toEqual({ ...babs, emails, nickName: 'Babs' });
  });

  it('reads paths with sub-attributes and schema URIs', () => {
    const operations = [
      { op: 'replace', path: 'name.familyName', value: 'Jensen' },
      { op: 'add', path: `${enterprise}:department`, value: 'Sales' },
      { op: 'remove', path: `${enterprise}:employeeNumber` },
      { op: 'REPLACE', path: 'URN:ietf:params:scim:schemas:core:2.0:user:title', value: 'Lead' },
    ];

    const { attributes } = patchUser(operations, profile);

    expect(attributes).toEqual({
      ...babs,
      title: 'Lead',
      name: { familyName: 'Jensen', givenName: 'Barbara' },
      [enterprise]: { department: 'Sales', manager: { value: '26118915' } },
    });
  });

  it('removes an attribute, a sub-attribute and an extension', () => {
    const operations = [
      { op: 'remove', path: 'title' },
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: 'active' },
      { op: 'remove', path: enterprise },
    ];

    const { attributes } = patchUser(operations, profile);

    const { title: _title, active: _active, [enterprise]: _extension, ...others } = babs;
    expect(attributes).toEqual({ ...others, name: { familyName: "O'Malley" } });
  });

  it('removes a complex attribute with its last sub-attribute', () => {
    const operations = [
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: 'name.familyName' },
      { op: 'remove', path: 'ims[type eq "xmpp"].value' },
    ];

    const { attributes } = patchUser(operations, profile);

    expect(Object.keys(attributes)).not.toEqual(expect.arrayContaining(['name']));
    expect(attributes['ims']).toBeUndefined();
  });

  it('takes primary from the other values', () => {
    const value = [{ value: 'new@example.com', type: 'other', primary: true }];

    const { attributes } = patchUser([{ op: 'add', path: 'emails', value }], profile);

    expect((attributes['emails'] as { primary?: boolean }[]).map(({ primary }) => primary)).toEqual(
      [false, undefined, true],
    );
  });

  it('keeps the sub-attributes that a complex value leaves out', () => {
    const { attributes } = patchUser(
      [{ op: 'replace', path: 'name', value: { givenName: 'Babs' } }],
      profile,
    );

    expect(attributes['name']).toEqual({ familyName: "O'Malley", givenName: 'Babs' });
  });

  it.each([
    ['add of what is there', { op: 'add', path: 'emails', value: [{ value: 'BJensen@example.com', type: 'work' }] }], // prettier-ignore
    ['replace by the same value', { op: 'replace', path: 'title', value: 'Tour Guide' }],
    ['remove of what is not there', { op: 'remove', path: 'nickName' }],
    ['remove of a value that is not there', { op: 'remove', path: 'emails[value eq "x"]' }],
    ['add of a schema', { op: 'add', path: 'schemas', value: [enterprise] }],
    ['replace of a password', { op: 'replace', path: 'password', value: 'hidden' }],
  ])('finds no change in an %s', (_what, operation) => {
    const { attributes, changes } = patchUser([operation], profile);

    expect(attributes).toEqual(babs);
    expect(changes).toEqual([]);
  });

  it.each([
    ['a remove without a path', { op: 'remove' }, 'noTarget'],
    ['an unknown op', { op: 'move', path: 'title' }, 'invalidSyntax'],
    ['an unknown attribute', { op: 'add', path: 'titel', value: 'x' }, 'invalidPath'],
    ['an unknown sub-attribute', { op: 'add', path: 'name.first', value: 'x' }, 'invalidPath'],
    ['an unknown attribute of an extension', { op: 'add', path: enterprise, value: { dept: 'x' } }, 'invalidPath'], // prettier-ignore
    ['a path that is no text', { op: 'add', path: 1, value: 'x' }, 'invalidPath'],
    ['a path that goes on', { op: 'add', path: 'title x', value: 'x' }, 'invalidPath'],
    ['an empty path', { op: 'add', path: '', value: 'x' }, 'invalidPath'],
    ['an unclosed bracket', { op: 'remove', path: 'emails[type eq "work"' }, 'invalidPath'],
    ['a value of another type', { op: 'replace', path: 'title', value: 1 }, 'invalidValue'],
    ['an object in place of a text', { op: 'replace', path: 'title', value: {} }, 'invalidValue'],
    ['a text without a path', { op: 'replace', value: 'x' }, 'invalidValue'],
    ['an add without a value', { op: 'add', path: 'title' }, 'invalidValue'],
    ['an unknown schema', { op: 'add', path: 'schemas', value: ['urn:x'] }, 'invalidSyntax'],
    ['schemas that are removed', { op: 'remove', path: 'schemas' }, 'mutability'],
    ['two primary values', { op: 'replace', path: 'emails', value: [{ value: 'a', primary: true }, { value: 'b', primary: true }] }, 'invalidValue'], // prettier-ignore
    ['a read-only attribute', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [
      'a read-only sub-attribute',
      { op: 'replace', path: 'meta.created', value: 'x' },
      'mutability',
    ],
    ['read-only values', { op: 'remove', path: 'groups[value eq "g1"]' }, 'mutability'],
    ['another id without a path', { op: 'replace', value: { id: 'x' } }, 'mutability'],
    ['a required attribute that is removed', { op: 'remove', path: 'userName' }, 'mutability'],
    ['a required attribute that is null', { op: 'replace', path: 'userName', value: null }, 'invalidValue'], // prettier-ignore
    ['a required attribute that is blank', { op: 'replace', path: 'userName', value: ' ' }, 'invalidValue'], // prettier-ignore
    ['an object id that is no GUID', { op: 'add', path: 'urn:adf-connect:scim:schemas:extension:azure:2.0:User:objectId', value: 'x' }, 'invalidValue'], // prettier-ignore
    ['a condition that cannot be decided', { op: 'replace', path: 'emails[type ne "fax" and value sw "zzz"].value', value: 'x' }, 'noTarget'], // prettier-ignore
  ])('refuses %s', (_what, operation, scimType) => {
    expect(scimErrorOf(() => patchUser([operation], profile))).toMatchObject({
      status: 400,
      scimType,
    });
  });

  it.each(['members.value', 'members[value eq "x"].type'])('refuses to change %s', (path) => {
    const operation = { op: 'replace', path, value: 'x' };

    expect(scimErrorOf(() => patchGroup([operation], profile)).scimType).toBe('mutability');
  });

  it('applies all operations or none', () => {
    const before = structuredClone(babs);
    const operations = [
      { op: 'replace', path: 'title', value: 'x' },
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'replace', path: 'titel', value: 'x' },
    ];

    scimErrorOf(() => patchUser(operations, profile));

    expect(babs).toEqual(before);
  });

  it.each([
    ['no operations', []],
    ['too many operations', Array.from({ length: 1_001 }, () => ({ op: 'remove', path: 'title' }))],
  ])('refuses %s', (_what, operations) => {
    expect(scimErrorOf(() => patchUser(operations, profile)).scimType).toBe('invalidSyntax');
  });
});
