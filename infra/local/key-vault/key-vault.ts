/**
 * Key Vault emulator: the REST API of secrets with challenge, tokens, permissions, soft delete and
 * throttling. Stores the secrets in key-vault.json in the data folder; acknowledged changes survive
 * `kill -9`.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { operationOf, type Permission } from './operations';
import { azureQuota, createQuotaCounter, type Quota } from './quota';
import { createSecrets } from './secrets';
import { badParameter, faultBody, notPermitted, VaultError } from './vault-error';
import { openVaultFile } from './vault-file';
import { bundles } from './wire';
import {
  serve,
  type EmulatorResponse,
  type EmulatorRequest,
  type Emulator,
  type EmulatorContext,
} from '../emulator/server';
import type { TokenClaims, VerifyToken } from '../emulator/tokens';

export interface KeyVaultOptions {
  readonly verify: VerifyToken;
  /** Authority in the challenge. */
  readonly entraUrl: string;
  readonly tenantId: string;
  /** Whether the caller has a role on the vault. All callers with a token by default. */
  readonly allowed?: (claims: TokenClaims) => boolean;
  readonly quota?: Quota;
  /** Duration of a deletion or recovery, in which the name is reserved. Default: none. */
  readonly transitionMs?: number;
}

export interface KeyVault extends Emulator {
  /** Without a trailing slash. */
  readonly url: string;
  /** Sets the secret to the value, also if the secret exists or is deleted. */
  seed(name: string, value: string): Promise<void>;
  /** Sets the permissions of a principal. */
  permit(objectId: string, permissions: readonly Permission[]): void;
}

const resource = 'https://vault.azure.net';

export async function startKeyVault(
  context: EmulatorContext,
  {
    verify,
    entraUrl,
    tenantId,
    allowed = () => true,
    quota = azureQuota,
    transitionMs,
  }: KeyVaultOptions,
): Promise<KeyVault> {
  const file = await openVaultFile(join(context.dataFolder, 'key-vault.json'));
  const secrets = createSecrets(file, context.clock, transitionMs);
  const count = createQuotaCounter(quota);
  const permitted = new Map<string, readonly Permission[]>();
  let url = '';
  const vault = { secrets, url: () => url, bundles: bundles(() => url) };

  const handle = async (request: EmulatorRequest): Promise<EmulatorResponse | undefined> => {
    const claims = await verify(request.headers.authorization, [resource]);
    if (!claims) return challenge(request);
    if (!request.query.get('api-version')) throw badParameter('The api-version is missing.');
    const operation = operationOf(vault, request);
    if (!operation) return undefined;
    count(request.method === 'PUT' ? 'newSecrets' : 'others');
    const permissions = permitted.get(claims.oid);
    if (permissions ? !permissions.includes(operation.needs) : !allowed(claims))
      throw notPermitted(operation.needs, claims.oid);
    return operation.run();
  };
  /** Clients first send a request without a token, to learn authority and resource. */
  const challenge = ({ headers }: EmulatorRequest): EmulatorResponse => {
    const hasInvalidToken = headers.authorization !== undefined;
    const { body } = new VaultError(
      401,
      'Unauthorized',
      hasInvalidToken
        ? 'AKV10032: Invalid token.'
        : 'AKV10000: Request is missing a Bearer or PoP token.',
    ).toResponse();
    const how = `Bearer authorization="${entraUrl}/${tenantId}", resource="${resource}"`;
    return {
      status: 401,
      headers: { 'www-authenticate': hasInvalidToken ? `${how}, error="invalid_token"` : how },
      body,
    };
  };
  const handleErrors = async (request: EmulatorRequest): Promise<EmulatorResponse | undefined> => {
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof VaultError) return error.toResponse();
      throw error;
    }
  };

  const served = await serve(context, {
    service: 'key-vault',
    faultBody,
    async handler(request) {
      const response = await handleErrors(request);
      const headers = { 'x-ms-request-id': randomUUID(), 'cache-control': 'no-cache' };
      return response && { ...response, headers: { ...headers, ...response.headers } };
    },
  });
  url = served.url;
  return {
    url,
    env: { KEY_VAULT_URI: url },
    async seed(name, value) {
      if (secrets.listDeleted().some(({ secret }) => secret.name === name))
        await secrets.recover(name);
      const known = secrets.list().find(({ secret }) => secret.name === name);
      if (known?.version.value !== value) await secrets.set(name, value, {});
    },
    permit: (objectId, permissions) => void permitted.set(objectId, permissions),
    async stop() {
      await served.stop();
      await file.save();
    },
  };
}
