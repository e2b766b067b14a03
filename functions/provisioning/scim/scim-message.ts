/** Requests and responses of the SCIM endpoint, without the types of the Functions host. */
export interface ScimRequest {
  readonly method: string;
  /** Decoded parts of the path below the base URL. */
  readonly segments: readonly string[];
  /** The first value of each parameter. */
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | null;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly contentType?: string;
  readonly ip?: string;
  readonly requestId: string;
  /** Throws TooLargeError, UnsupportedFormatError for a compressed one. */
  body(): Promise<Uint8Array>;
}

export interface ScimResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: no content. */
  readonly body?: object;
}

export const scimContentType = 'application/scim+json';
