/**
 * How tolerant a provisioning connection is. Profiles differ in the shapes that they accept, never
 * in what is stored.
 */
export const profileNames = ['entra', 'okta', 'strict'] as const;
export type ProfileName = (typeof profileNames)[number];

export interface Profile {
  readonly name: ProfileName;
  /**
   * Accepts shapes that identity providers send although RFC 7644 does not have them: booleans as
   * strings, dotted keys, removal by value, empty strings, missing `schemas`.
   */
  readonly lenient: boolean;
  /** Accepts the schema URIs and dotted extension names that Entra ID sent before 2019. */
  readonly legacyUris: boolean;
  /** Reads roles whose value is a text that holds JSON, as Entra ID sends them. */
  readonly rolesAsJson: boolean;
  /** Returns a group that a PATCH changed, if it had few members. Providers never read it. */
  readonly returnsPatchedGroup: boolean;
  /**
   * Ignores a member to add whose value cannot be an id of this service. RFC 7643 section 4.2 does not
   * demand that members exist, and clients see in the response what a request came to (RFC 7644 section
   * 3.3). Providers never read it, so to them it is an error.
   */
  readonly ignoresForeignMembers: boolean;
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  entra: {
    name: 'entra',
    lenient: true,
    legacyUris: true,
    rolesAsJson: true,
    returnsPatchedGroup: false,
    ignoresForeignMembers: false,
  },
  okta: {
    name: 'okta',
    lenient: true,
    legacyUris: false,
    rolesAsJson: false,
    returnsPatchedGroup: false,
    ignoresForeignMembers: false,
  },
  strict: {
    name: 'strict',
    lenient: false,
    legacyUris: false,
    rolesAsJson: false,
    returnsPatchedGroup: true,
    ignoresForeignMembers: true,
  },
};
