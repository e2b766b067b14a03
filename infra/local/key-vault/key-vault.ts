/**
 * Key Vault on this machine: the REST API of secrets, with its challenge, tokens, permissions, soft delete and
 * throttling. Keeps them in key-vault.json of the data folder; what it has acknowledged survives `kill -9`.
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
  /** Where the challenge sends callers for a token. */
  readonly entraUrl: string;
  readonly tenantId: string;
  /** Who has a role on the vault; everybody with a token when left out. */
  readonly allowed?: (claims: TokenClaims) => boolean;
  readonly quota?: Quota;
}

export interface KeyVault extends Emulator {
  /** Without a trailing slash. */
  readonly url: string;
  /** Makes the secret hold the value, whatever became of it before. */
  seed(name: string, value: string): Promise<void>;
  /** From now on the principal may do exactly this. */
  permit(objectId: string, permissions: readonly Permission[]): void;
}

const resource = 'https://vault.azure.net';

export async function startKeyVault(
  context: EmulatorContext,
  { verify, entraUrl, tenantId, allowed = () => true, quota = azureQuota }: KeyVaultOptions,
): Promise<KeyVault> {
  const file = await openVaultFile(join(context.dataFolder, 'key-vault.json'));
  const secrets = createSecrets(file, context.clock);
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
    const may = permitted.get(claims.oid);
    if (may ? !may.includes(operation.needs) : !allowed(claims))
      throw notPermitted(operation.needs, claims.oid);
    return operation.run();
  };
  /** Callers ask without a token first, to learn where to get one and for what. */
  const challenge = ({ headers }: EmulatorRequest): EmulatorResponse => {
    const refused = headers.authorization !== undefined;
    const { body } = new VaultError(
      401,
      'Unauthorized',
      refused ? 'AKV10032: Invalid token.' : 'AKV10000: Request is missing a Bearer or PoP token.',
    ).toResponse();
    const how = `Bearer authorization="${entraUrl}/${tenantId}", resource="${resource}"`;
    return {
      status: 401,
      headers: { 'www-authenticate': refused ? `${how}, error="invalid_token"` : how },
      body,
    };
  };
  const answer = async (request: EmulatorRequest): Promise<EmulatorResponse | undefined> => {
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
      const answered = await answer(request);
      const headers = { 'x-ms-request-id': randomUUID(), 'cache-control': 'no-cache' };
      return answered && { ...answered, headers: { ...headers, ...answered.headers } };
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
