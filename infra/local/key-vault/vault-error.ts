/** Errors in the format of Key Vault: status, code, message and often an inner code. */
import type { EmulatorResponse } from '../emulator/server';

export class VaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly innerCode?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  toResponse(): EmulatorResponse {
    const { status, code, message, innerCode, headers } = this;
    const innererror = innerCode === undefined ? {} : { innererror: { code: innerCode } };
    return { status, headers, body: { error: { code, message, ...innererror } } };
  }
}

export const badParameter = (message: string) => new VaultError(400, 'BadParameter', message);

export const notFound = (what: string) =>
  new VaultError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${what} was not found in this key vault. If you recently deleted this secret you ` +
      'may be able to recover it using the correct recovery command.',
  );

export const secretIsDeleted = (name: string) =>
  new VaultError(
    409,
    'Conflict',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this ` +
      'state, the secret can only be recovered or purged.',
    'ObjectIsDeletedButRecoverable',
  );

export const disabled = () =>
  new VaultError(
    403,
    'Forbidden',
    'Operation get is not allowed on a disabled secret.',
    'SecretDisabled',
  );

export const notPermitted = (action: string, objectId: string) =>
  new VaultError(
    403,
    'Forbidden',
    'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
      'definitions were changed recently, please observe propagation time.\r\n' +
      `Caller: oid=${objectId}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/${action}'`,
    'ForbiddenByRbac',
  );

export const throttled = (retryAfterSeconds: number) =>
  new VaultError(
    429,
    'Throttled',
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached',
    undefined,
    { 'retry-after': String(retryAfterSeconds) },
  );

/** Error body of an injected status. */
export function faultBody(status: number): unknown {
  const { body } = new VaultError(
    status,
    codes[status] ?? (status < 500 ? 'BadParameter' : 'InternalServerError'),
    'The request could not be processed. Please try again.',
  ).toResponse();
  return body;
}

const codes: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'SecretNotFound',
  409: 'Conflict',
  429: 'Throttled',
  503: 'ServiceUnavailable',
};
