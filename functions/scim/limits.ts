/** Limits of requests. ServiceProviderConfig advertises those that clients need. */
export const limits = {
  bodyBytes: 1_048_576,
  jsonDepth: 50,
  filterLength: 4_096,
  filterDepth: 50,
  patchOperations: 1_000,
  /** Values of attributes times conditions, over all operations of a PATCH. */
  patchComparisons: 250_000,
  /** Conditions on members in a PATCH that each need a look at all members. */
  memberConditions: 20,
  bulkOperations: 100,
  pageSize: 200,
  defaultPageSize: 100,
  cursorSeconds: 3_600,
  /** A PATCH of a group with more members is answered without a body. */
  patchedMembers: 100,
  /** Values of one attribute. Members of a group have no limit. */
  values: 500,
  textLength: 4_096,
  /** Certificates and references to photos. */
  longTextLength: 65_536,
} as const;
