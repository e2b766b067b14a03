import { parseNewResource, parseReplacement } from '../../functions/scim/parse-resource';
import { changesBetween } from '../../functions/scim/changes';
import type { JsonObject } from '../../functions/scim/json';
import { limits } from '../../functions/scim/limits';
import { profileNames, profiles, type ProfileName } from '../../functions/scim/profile';
import { groupType, userType } from '../../functions/scim/schema/resource-type';
import { azure, enterprise, groupUri, scimErrorOf, userUri } from './support/resources';

const create = (body: JsonObject, profile: ProfileName = 'strict') =>
  parseNewResource(userType, { schemas: [userUri], ...body }, profiles[profile]);
const createGroup = (body: JsonObject, profile: ProfileName = 'strict') =>
  parseNewResource(groupType, { schemas: [groupUri], ...body }, profiles[profile]);

/** RFC 7643 section 8.2, shortened. */
const fullUser: JsonObject = {
  schemas: [userUri, enterprise],
  id: '2819c223-7f76-453a-919d-413861904646',
  externalId: '701984',
  userName: 'bjensen@example.com',
  name: { formatted: 'Ms. Barbara J Jensen, III', familyName: 'Jensen', givenName: 'Barbara' },
  displayName: 'Babs Jensen',
  profileUrl: 'https://login.example.com/bjensen',
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  addresses: [{ type: 'work', streetAddress: '100 Universal City Plaza', country: 'US' }],
  phoneNumbers: [{ value: '555-555-5555', type: 'work' }],
  photos: [{ value: 'https://photos.example.com/F', type: 'photo' }],
  active: true,
  password: 't1meMa$heen',
  groups: [{ value: 'e9e30dba', $ref: 'x', display: 'Tour Guides' }],
  x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJ' }],
  [enterprise]: {
    employeeNumber: '701984',
    manager: { value: '26118915', $ref: '../Users/26118915', displayName: 'John Smith' },
  },
  meta: { resourceType: 'User', created: '2010-01-23T04:56:22Z' },
};

/** What Okta sends for a new user (https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20). */
const oktaUser: JsonObject = {
  schemas: [userUri],
  userName: 'test.user@okta.local',
  name: { givenName: 'Test', familyName: 'User' },
  emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
  displayName: 'Test User',
  locale: 'en-US',
  externalId: '00ujl29u0le5T6Aj10h7',
  groups: [],
  password: '1mz050nq',
  active: true,
};

describe('parseNewResource', () => {
  it.each(profileNames)('keeps what a client may write in the profile %s', (profile) => {
    const { attributes } = parseNewResource(userType, fullUser, profiles[profile]);

    const { schemas: _s, id: _i, password: _p, groups: _g, meta: _m, ...kept } = fullUser;
    const extension = {
      employeeNumber: '701984',
      manager: { value: '26118915', $ref: '../Users/26118915' },
    };
    expect(attributes).toEqual({ ...kept, [enterprise]: extension });
  });

  it.each(profileNames)('accepts a user of Okta in the profile %s', (profile) => {
    const { attributes } = parseNewResource(userType, oktaUser, profiles[profile]);

    expect(attributes).not.toHaveProperty('password');
    expect(attributes).not.toHaveProperty('groups');
    expect(attributes).toMatchObject({ externalId: '00ujl29u0le5T6Aj10h7', active: true });
  });

  it('accepts a user of Entra ID with its shapes', () => {
    const { attributes } = create(
      {
        UserName: 'a@contoso.com',
        ACTIVE: 'True',
        title: '',
        nickName: null,
        emails: [{ Primary: 'true', type: 'work', VALUE: 'a@contoso.com' }, { type: 'home', value: '' }], // prettier-ignore
        roles: [
          { primary: false, value: '{"id":"1","value":"Admin","displayName":"Administrator"}' },
        ],
        [enterprise]: { manager: 'm1', department: 'Sales' },
        [azure.toUpperCase()]: { objectId: '08E1D05D-121C-4561-8B96-473D93DF9210' },
      },
      'entra',
    );

    expect(attributes).toEqual({
      userName: 'a@contoso.com',
      active: true,
      emails: [{ primary: true, type: 'work', value: 'a@contoso.com' }],
      roles: [{ primary: false, value: 'Admin', display: 'Administrator' }],
      [enterprise]: { manager: { value: 'm1' }, department: 'Sales' },
      [azure]: { objectId: '08E1D05D-121C-4561-8B96-473D93DF9210' },
    });
  });

  it('maps the legacy schema of groups of Entra ID', () => {
    const schemas = [
      groupUri,
      'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
    ];

    expect(createGroup({ schemas, displayName: 'A' }, 'entra').attributes).toEqual({
      displayName: 'A',
    });
    expect(scimErrorOf(() => createGroup({ schemas, displayName: 'A' }, 'okta')).scimType).toBe(
      'invalidSyntax',
    );
  });

  it('takes members apart from the attributes', () => {
    const members = [{ value: 'u1', display: 'x' }, { value: 'u2', type: 'User' }, { value: 'u1' }];

    expect(createGroup({ displayName: 'A', members })).toEqual({
      attributes: { displayName: 'A' },
      members: [{ value: 'u1' }, { value: 'u2', type: 'User' }],
    });
    expect(createGroup({ displayName: 'A' })).not.toHaveProperty('members');
    expect(createGroup({ displayName: 'A', members: [] }).members).toEqual([]);
  });

  it('takes 10,000 members', () => {
    const members = Array.from({ length: 10_000 }, (_, index) => ({ value: `u${index}` }));

    expect(createGroup({ displayName: 'A', members }).members).toHaveLength(10_000);
  });

  it('merges values that are the same', () => {
    const emails = [{ value: 'A@x.com' }, { value: 'a@x.com', primary: true }];

    expect(create({ userName: 'a', emails }).attributes['emails']).toEqual([
      { value: 'A@x.com', primary: true },
    ]);
  });

  it.each<[string, JsonObject, string, string]>([
    ['a missing userName', {}, 'invalidValue', 'userName is required'],
    ['a blank userName', { userName: ' ' }, 'invalidValue', 'userName is required'],
    ['a userName that is null', { userName: null }, 'invalidValue', 'userName is required'],
    [
      'a userName that is a list',
      { userName: ['a'] },
      'invalidValue',
      'must be a text, not a list',
    ],
    ['a renamed attribute', { userName: 'a', mail: 'x' }, 'invalidSyntax', 'Did you mean emails'],
    [
      'a custom attribute',
      { userName: 'a', zzCustomQ: 'x' },
      'invalidSyntax',
      'Known: schemas, id',
    ],
    ['a renamed sub-attribute', { userName: 'a', name: { lastName: 'x' } }, 'invalidValue', 'name has no attribute "name.lastName"'], // prettier-ignore
    ['a renamed attribute of an extension', { userName: 'a', [enterprise]: { dept: 'x' } }, 'invalidSyntax', 'Did you mean department'], // prettier-ignore
    ['an unknown extension', { userName: 'a', 'urn:x:y': {} }, 'invalidSyntax', 'has no attribute "urn:x:y"'], // prettier-ignore
    ['an extension that is a text', { userName: 'a', schemas: [userUri, enterprise], [enterprise]: 'x' }, 'invalidValue', 'must be an object'], // prettier-ignore
    ['an unknown schema', { userName: 'a', schemas: [userUri, 'urn:x'] }, 'invalidSyntax', 'has no schema "urn:x"'], // prettier-ignore
    ['schemas that are a text', { userName: 'a', schemas: userUri }, 'invalidSyntax', 'must be a list'], // prettier-ignore
    ['a boolean that is a number', { userName: 'a', active: 1 }, 'invalidValue', 'active must be true or false'], // prettier-ignore
    [
      'a name that is a text',
      { userName: 'a', name: 'x' },
      'invalidValue',
      'name must be an object',
    ],
    ['a certificate that is no base64', { userName: 'a', x509Certificates: [{ value: '*' }] }, 'invalidValue', 'base64'], // prettier-ignore
    ['an object id that is no GUID', { userName: 'a', [azure]: { objectId: '1' } }, 'invalidValue', 'must be a GUID'], // prettier-ignore
    ['a text that is too long', { userName: 'a'.repeat(limits.textLength + 1) }, 'invalidValue', 'more than 4096'], // prettier-ignore
    ['too many values', { userName: 'a', emails: Array.from({ length: 501 }, (_, n) => ({ value: `${n}` })) }, 'invalidValue', 'more than 500'], // prettier-ignore
    ['two primary values', { userName: 'a', emails: [{ value: 'a', primary: true }, { value: 'b', primary: true }] }, 'invalidValue', 'primary'], // prettier-ignore
    ['an attribute given twice', { userName: 'a', USERNAME: 'b' }, 'invalidSyntax', 'given twice'],
    ['an attribute of an extension given twice', { userName: 'a', [enterprise]: { division: 'a', DIVISION: 'b' } }, 'invalidSyntax', 'given twice'], // prettier-ignore
    ['a sub-attribute given twice', { userName: 'a', name: { givenName: 'a', GIVENNAME: 'b' } }, 'invalidValue', 'given twice'], // prettier-ignore
    ['a dotted key', { userName: 'a', 'name.givenName': 'b' }, 'invalidSyntax', 'Send name as an object'], // prettier-ignore
    ['the key constructor', { userName: 'a', constructor: {} } as JsonObject, 'invalidSyntax', 'Remove it'], // prettier-ignore
    ['the key prototype', { userName: 'a', name: { prototype: {} } } as JsonObject, 'invalidValue', 'not allowed'], // prettier-ignore
  ])('refuses %s in every profile', (_what, body, scimType, detail) => {
    for (const profile of profileNames) {
      const error = scimErrorOf(() => create(body, profile));

      expect(error).toMatchObject({ status: 400, scimType });
      expect(error.message).toContain(detail);
    }
  });

  it('refuses a key __proto__ and leaves prototypes alone', () => {
    const body = JSON.parse('{"userName":"a","__proto__":{"admin":true}}') as JsonObject;

    expect(scimErrorOf(() => parseNewResource(userType, body, profiles.entra)).scimType).toBe(
      'invalidSyntax',
    );
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['missing schemas', { schemas: [], userName: 'a' }],
    ['an extension that schemas lack', { userName: 'a', [enterprise]: { division: 'x' } }],
    ['a boolean as text', { userName: 'a', active: 'true' }],
    ['an email as text', { userName: 'a', emails: ['a@x'] }],
  ])('refuses %s in the strict profile only', (_what, body) => {
    expect(scimErrorOf(() => create(body)).status).toBe(400);
    expect(create(body, 'okta').attributes).toMatchObject({ userName: 'a' });
  });

  it.each<[string, JsonObject]>([
    ['null', { displayName: 'A', members: null }],
    ['an empty text', { displayName: 'A', members: '' }],
    ['a member without value', { displayName: 'A', members: [{ display: 'x' }] }],
    ['a member that is a number', { displayName: 'A', members: [1] }],
    ['a member of another type', { displayName: 'A', members: [{ value: 'x', type: 'Team' }] }],
  ])('refuses members that are %s', (_what, body) => {
    for (const profile of profileNames)
      expect(scimErrorOf(() => createGroup(body, profile)).scimType).toBe('invalidValue');
  });
});

describe('parseReplacement', () => {
  const replace = (body: JsonObject) =>
    parseReplacement(userType, { schemas: [userUri], ...body }, 'u1', profiles.strict);

  it('unassigns what the request leaves out', () => {
    const before = create({ userName: 'a', title: 'x', active: true }).attributes;

    const { attributes } = replace({ id: 'u1', userName: 'a', title: 'y', meta: {}, groups: [] });
    const withoutId = replace({ id: null, userName: 'a', title: 'y' });

    expect(attributes).toEqual({ userName: 'a', title: 'y' });
    expect(withoutId.attributes).toEqual(attributes);
    expect(changesBetween(userType, before, attributes)).toEqual([
      { path: 'title', before: 'x', after: 'y' },
      { path: 'active', before: true },
    ]);
  });

  it.each(['u2', 1, ''])('refuses the id %j', (id) => {
    expect(scimErrorOf(() => replace({ id, userName: 'a' }))).toMatchObject({
      scimType: 'mutability',
      attribute: 'id',
    });
  });
});

describe('changesBetween', () => {
  it('ignores the order of names', () => {
    const before = { name: { givenName: 'a', familyName: 'b' } };
    const after = { name: { familyName: 'b', givenName: 'a' } };

    expect(changesBetween(userType, before, after)).toEqual([]);
  });
});
