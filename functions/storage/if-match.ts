/** The precondition of a change (RFC 9110 section 13.1.1): any version, or one of these. */
export type IfMatch = '*' | readonly string[];

/** Whether the change may be made to the version that has the strong ETag. */
export const allowsVersion = (ifMatch: IfMatch, etag: string): boolean =>
  ifMatch === '*' || ifMatch.includes(etag);
