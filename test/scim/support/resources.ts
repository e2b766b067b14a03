/** Users and groups of the tests, and short ways to patch and filter them. */
import { applyPatch } from '../../../functions/scim/patch/apply-patch';
import { parsePatch } from '../../../functions/scim/patch/patch-request';
import { parseFilter } from '../../../functions/scim/filter/parse-filter';
import type { JsonValue } from '../../../functions/scim/json';
import { profiles, type ProfileName } from '../../../functions/scim/profile';
import { toResource, type Attributes } from '../../../functions/scim/resource';
import { groupType, resourceTypes, userType } from '../../../functions/scim/schema/resource-type';
import { ScimError } from '../../../functions/scim/scim-error';

export const userUri = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupUri = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const azure = 'urn:adf-connect:scim:schemas:extension:azure:2.0:User';
export const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export const babsId = '2819c223-7f76-453a-919d-413861904646';
export const babs: Attributes = {
  userName: 'bjensen',
  externalId: 'Ext-1',
  name: { familyName: "O'Malley", givenName: 'Barbara' },
  title: 'Tour Guide',
  userType: 'Employee',
  active: true,
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  addresses: [
    { type: 'work', streetAddress: '100 Universal City Plaza', locality: 'Hollywood' },
    { type: 'home', streetAddress: '456 Hollywood Blvd' },
  ],
  ims: [{ value: 'someone@foo.com', type: 'xmpp' }],
  [enterprise]: { employeeNumber: '701984', manager: { value: '26118915' } },
};

const state = { createdAt: '2010-01-23T04:56:22Z', lastModifiedAt: '2011-05-13T04:42:34Z' };
const baseUrl = 'https://example.com/scim/v2';

export const babsResource = toResource(
  userType,
  { ...state, id: babsId, attributes: babs, version: 3 },
  { baseUrl, groups: [{ id: 'g1', type: 'Group', display: 'Tour Guides' }] },
);
export const guides = toResource(
  groupType,
  { ...state, id: 'g1', attributes: { displayName: 'Tour Guides' }, version: 1 },
  {
    baseUrl,
    members: [
      { id: babsId, type: 'User', display: 'Babs' },
      { id: 'g2', type: 'Group' },
    ],
  },
);

export const filterFor = (text: string, profile: ProfileName = 'strict', types = [userType]) =>
  parseFilter(text, types, profiles[profile]);
export const filterForAll = (text: string) => parseFilter(text, resourceTypes, profiles.okta);

interface Operation {
  readonly op: string;
  readonly path?: JsonValue;
  readonly value?: JsonValue;
}

export const patchBody = (...operations: readonly Operation[]) => ({
  schemas: [patchOp],
  Operations: operations as unknown as JsonValue,
});

export const patchUser = (
  operations: readonly Operation[],
  profile: ProfileName = 'strict',
  attributes: Attributes = babs,
) => {
  const parsed = parsePatch(patchBody(...operations), userType, profiles[profile]);
  return applyPatch(userType, parsed, { id: babsId, attributes }, profiles[profile]);
};

export const patchGroup = (operations: readonly Operation[], profile: ProfileName = 'strict') => {
  const parsed = parsePatch(patchBody(...operations), groupType, profiles[profile]);
  const attributes = { displayName: 'Tour Guides' };
  return applyPatch(groupType, parsed, { id: 'g1', attributes }, profiles[profile]);
};

/** The SCIM error that the work throws. Another error fails the test. */
export function scimErrorOf(work: () => unknown): ScimError {
  try {
    work();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

/** How the work ends. An error that is no ScimError, or a server error, fails the test. */
export function outcomeOf(work: () => unknown): 'done' | 'refused' {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof ScimError && error.status < 500) return 'refused';
    throw error;
  }
}
export const outcomes = ['done', 'refused'];
