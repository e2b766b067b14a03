/**
 * The response of Azure that made a request fail. It is the `cause` of the error, so that what Azure
 * said is known apart from what our error means.
 */
export class AzureResponse extends Error {
  override readonly name = 'AzureResponse';
  constructor(
    readonly status: number,
    /** Azure's error code. Absent if the body has none, as in the HTML of a proxy. */
    readonly code?: string,
  ) {
    super(`Azure responded with status ${status}${code === undefined ? '' : ` (${code})`}.`);
  }
}

/** Status and error code of the response, as plain JSON. Undefined if Azure sent no response. */
export function azureResponseOf(error: Error): AzureResponseInfo | undefined {
  if (!(error.cause instanceof AzureResponse)) return undefined;
  const { status, code } = error.cause;
  return { status, ...(code !== undefined && { code }) };
}

export interface AzureResponseInfo {
  readonly status: number;
  readonly code?: string;
}
