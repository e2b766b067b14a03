/**
 * Schema URIs that identity providers sent before RFC 7643, or before Entra ID corrected them in
 * December 2018 (https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility).
 */
const oldEntra = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM';

/** By lower-cased URI. */
const replacements: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'urn:scim:schemas:extension:enterprise:1.0':
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    'urn:scim:schemas:extension:enterprise:2.0:User':
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    [`${oldEntra}/User`]: 'urn:ietf:params:scim:schemas:core:2.0:User',
    [`${oldEntra}/2.0/User`]: 'urn:ietf:params:scim:schemas:core:2.0:User',
    [`${oldEntra}/Group`]: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    [`${oldEntra}/2.0/Group`]: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  }).map(([old, current]) => [old.toLowerCase(), current]),
);

/** Replaces a legacy URI at the start of a name; returns every other name unchanged. */
export function withoutLegacyUri(name: string): string {
  if (!name.includes(':')) return name;
  const lower = name.toLowerCase();
  for (const [old, current] of replacements) {
    if (!lower.startsWith(old)) continue;
    const rest = name.slice(old.length);
    if (rest === '' || rest[0] === ':' || rest[0] === '.') return current + rest;
  }
  return name;
}
