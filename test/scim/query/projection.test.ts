import { includes, parseProjection, project } from '../../../functions/scim/query/projection';
import { profiles } from '../../../functions/scim/profile';
import { groupType, userType } from '../../../functions/scim/schema/resource-type';
import { babsId, babsResource, enterprise, guides, userUri } from '../support/resources';

const projected = (attributes?: string, excludedAttributes?: string) =>
  project(
    babsResource,
    userType,
    parseProjection(
      { ...(attributes && { attributes }), ...(excludedAttributes && { excludedAttributes }) },
      [userType],
      profiles.strict,
    ),
  );
const minimum = { schemas: [userUri, enterprise], id: babsId };

describe('project', () => {
  it('returns everything by default', () => {
    expect(projected()).toEqual(babsResource);
  });

  it.each([
    ['userName', { userName: 'bjensen' }],
    ['USERNAME,title', { userName: 'bjensen', title: 'Tour Guide' }],
    ['name.familyName', { name: { familyName: "O'Malley" } }],
    ['emails.value', { emails: [{ value: 'bjensen@example.com' }, { value: 'babs@jensen.org' }] }],
    ['emails.primary', { emails: [{ primary: true }] }],
    [`${enterprise}:employeeNumber`, { [enterprise]: { employeeNumber: '701984' } }],
    [enterprise, { [enterprise]: babsResource[enterprise] }],
    [`${userUri}:title`, { title: 'Tour Guide' }],
    ['meta.version', { meta: { version: 'W/"3"' } }],
    ['nickName', {}],
    ['password', {}],
  ])('returns %s with schemas and id', (attributes, expected) => {
    expect(projected(attributes)).toEqual({ ...minimum, ...expected });
  });

  it('leaves out what is excluded, but never schemas and id', () => {
    const excluded = `id,schemas,emails,name.givenName,meta,${enterprise},addresses,ims,groups,externalId`; // prettier-ignore

    expect(projected(undefined, excluded)).toEqual({
      ...minimum,
      userName: 'bjensen',
      name: { familyName: "O'Malley" },
      title: 'Tour Guide',
      userType: 'Employee',
      active: true,
    });
  });

  it('applies both parameters', () => {
    expect(projected('name,title', 'name.givenName')).toEqual({
      ...minimum,
      name: { familyName: "O'Malley" },
      title: 'Tour Guide',
    });
  });

  it('shows references of members', () => {
    expect(project(guides, groupType, {})['members']).toEqual([
      {
        value: babsId,
        $ref: `https://example.com/scim/v2/Users/${babsId}`,
        type: 'User',
        display: 'Babs',
      },
      { value: 'g2', $ref: 'https://example.com/scim/v2/Groups/g2', type: 'Group' },
    ]);
  });
});

describe('includes', () => {
  const members = groupType.membersAttribute!;
  const needs = (parameters: Record<string, string>) =>
    includes(parseProjection(parameters, [groupType], profiles.entra), members);

  it.each([
    [{}, true],
    [{ attributes: 'members' }, true],
    [{ attributes: 'members.value' }, true],
    [{ attributes: 'displayName' }, false],
    [{ excludedAttributes: 'members' }, false],
    [{ excludedAttributes: 'members.display' }, true],
    [{ attributes: 'displayName', excludedAttributes: 'members' }, false],
  ])('decides whether %j needs the members', (parameters, expected) => {
    expect(needs(parameters as Record<string, string>)).toBe(expected);
  });
});
