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

const conflict = (innerCode: string, message: string) =>
  new VaultError(409, 'Conflict', message, innerCode);

/** Source: github.com/external-secrets/external-secrets/issues/3519. */
export const secretIsDeleted = (name: string) =>
  conflict(
    'ObjectIsDeletedButRecoverable',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this ` +
      'state, the secret can only be recovered or purged.',
  );

/** Source: github.com/hashicorp/terraform-provider-azurerm/issues/10454. */
export const secretIsBeingDeleted = () =>
  conflict('ObjectIsBeingDeleted', 'Secret is currently being deleted.');

/** Source: github.com/hashicorp/terraform-provider-azurerm/issues/12285. */
export const secretIsBeingRecovered = (name: string) =>
  conflict(
    'ObjectIsBeingRecovered',
    `Secret ${name} is currently being recovered and cannot be re-created; retry later.`,
  );

const forbidden = (innerCode: string, message: string) =>
  new VaultError(403, 'Forbidden', message, innerCode);

/** Source: github.com/Azure/azure-sdk-for-js/issues/24756. */
export const disabled = () =>
  forbidden('SecretDisabled', 'Operation get is not allowed on a disabled secret.');

/** Source: github.com/piyushsachdeva/Terraform_AKS/issues/2. */
export const notPermitted = (action: string, objectId: string) =>
  forbidden(
    'ForbiddenByRbac',
    'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
      'definitions were changed recently, please observe propagation time.\r\n' +
      `Caller: oid=${objectId}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/${action}'`,
  );

/**
 * A vault with access policies. Older versions of the service sent the inner code `AccessDenied`.
 * Source: github.com/Azure/azure-libraries-for-net/issues/1067.
 */
export const notPermittedByPolicy = (action: string, objectId: string) =>
  forbidden(
    'ForbiddenByPolicy',
    `The user, group or application 'oid=${objectId}' does not have secrets ${action} permission on key vault ` +
      "'local;location=westeurope'. For help resolving this issue, please see " +
      'https://go.microsoft.com/fwlink/?linkid=2125287',
  );

/** The firewall of the vault. Source: github.com/hashicorp/terraform-provider-azurerm/issues/20742. */
export const blockedByFirewall = () =>
  forbidden(
    'ForbiddenByFirewall',
    'Client address is not authorized and caller is not a trusted service.\r\nClient address: 192.0.2.1',
  );

/** A vault with private endpoints only. Source: github.com/microsoft/multimodal-ai/issues/171. */
export const blockedByConnection = () =>
  forbidden(
    'ForbiddenByConnection',
    'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
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
