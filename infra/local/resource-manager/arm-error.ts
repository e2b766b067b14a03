/** Errors in the format of Azure Resource Manager: status, code and message. */
import type { EmulatorResponse } from '../emulator/server';

export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly details?: readonly unknown[],
  ) {
    super(message);
  }

  toResponse(): EmulatorResponse {
    const { status, code, message, headers, details } = this;
    return { status, headers, body: { error: { code, message, ...(details && { details }) } } };
  }
}

export const badRequest = (message: string, code = 'BadRequest') =>
  new ArmError(400, code, message);

export const throttled = (code: string, message: string, retryAfterSeconds: number) =>
  new ArmError(429, code, message, { 'retry-after': String(retryAfterSeconds) });

/** Error body of an injected status. */
export function faultBody(status: number): unknown {
  const code = codes[status] ?? (status < 500 ? 'BadRequest' : 'InternalServerError');
  return { error: { code, message: 'The request could not be processed. Please try again.' } };
}

const codes: Readonly<Record<number, string>> = {
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'ResourceNotFound',
  408: 'RequestTimeout',
  429: 'TooManyRequests',
  502: 'BadGateway',
  503: 'ServerBusy',
  504: 'GatewayTimeout',
};
