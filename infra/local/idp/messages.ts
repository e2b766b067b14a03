/** Parts of messages that both providers send. */
export const schemas = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  azure: 'urn:adf-connect:scim:schemas:extension:azure:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
} as const;

export const patch = (...operations: readonly object[]) => ({
  schemas: [schemas.patch],
  Operations: operations,
});

export const filtered = (path: string, filter: string, more = '') =>
  `${path}?filter=${encodeURIComponent(filter)}${more}`;
