/**
 * SecretStore in Key Vault. Key Vault reserves a deleted name for weeks (soft delete), so storing a
 * secret under it recovers the name first. Its old versions were disabled before the deletion.
 */
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import type { SecretStore } from '../../secrets/ports';
import type { SecretVersion } from '../../secrets/secret-version';
import { NotFoundError, UpstreamError } from '../../errors/app-error';
import { Secret } from '../../secrets/secret';
import { mapServiceErrors } from '../availability';

const recoveryMs = 20_000;
const azureHost = /\.vault\.(azure\.net|usgovcloudapi\.net|azure\.cn)$/;

export class KeyVaultSecretStore implements SecretStore {
  private readonly client: SecretClient;

  constructor(vaultUrl: string, identity: TokenCredential) {
    this.client = new SecretClient(vaultUrl, identity, {
      // The SDK trusts challenges of Azure's own hosts only.
      disableChallengeResourceVerification: !azureHost.test(new URL(vaultUrl).hostname),
      retryOptions: { maxRetries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 5_000 },
      additionalPolicies: mapServiceErrors('key vault', 20_000),
    });
  }

  async put(
    name: string,
    secret: Secret,
    { contentType, expiresAt }: Parameters<SecretStore['put']>[2],
  ): Promise<string> {
    const set = () =>
      this.client.setSecret(name, secret.reveal(), {
        contentType,
        ...(expiresAt && { expiresOn: expiresAt }),
      });
    const { properties } = await set()
      .catch(recoverIfDeleted(() => this.recover(name).then(set)))
      .catch(recoverIfDeleted(throwSoftDeleted))
      .catch(throwRefused);
    return properties.version!;
  }

  private async recover(name: string): Promise<void> {
    const recovering = await this.client.beginRecoverDeletedSecret(name, {
      intervalInMs: 500,
      abortSignal: AbortSignal.timeout(recoveryMs),
    });
    await recovering.pollUntilDone();
  }

  async get(name: string, version?: string): Promise<Secret> {
    const { value } = await this.client
      .getSecret(name, version === undefined ? {} : { version })
      .catch(ifMissing(throwNotFound))
      .catch(throwRefused);
    return new Secret(value ?? '');
  }

  async disable(name: string, version: string): Promise<void> {
    await this.client
      .updateSecretProperties(name, version, { enabled: false })
      .catch(ifMissing(() => undefined))
      .catch(throwRefused);
  }

  async delete(name: string): Promise<void> {
    await this.client
      .beginDeleteSecret(name)
      .catch(ifMissing(() => undefined))
      .catch(throwRefused);
  }

  /** Key Vault cannot search, so this reads the names of all secrets. */
  async *listNames(prefix: string): AsyncIterable<string> {
    try {
      for await (const { name } of this.client.listPropertiesOfSecrets())
        if (name.startsWith(prefix)) yield name;
    } catch (error) {
      throwRefused(error);
    }
  }

  async listVersions(name: string): Promise<readonly SecretVersion[]> {
    const versions: SecretVersion[] = [];
    try {
      for await (const properties of this.client.listPropertiesOfSecretVersions(name))
        versions.push({
          version: properties.version!,
          enabled: properties.enabled ?? true,
          createdAt: properties.createdOn!,
          ...(properties.expiresOn && { expiresAt: properties.expiresOn }),
        });
    } catch (error) {
      return ifMissing((): SecretVersion[] => [])(error);
    }
    return versions;
  }
}

function throwNotFound(cause: unknown): never {
  throw new NotFoundError(
    'secret_not_found',
    'The stored credential does not exist any more. Connect the connector again.',
    {
      cause,
    },
  );
}

/** An error of this SDK. A disabled version is recognized by the message. */
interface KeyVaultError {
  readonly statusCode?: number;
  readonly message?: string;
}

/** Catch handler for a secret that is missing, being deleted or disabled. */
function ifMissing<T>(handle: (error: unknown) => T) {
  return (error: unknown): T => {
    const { statusCode, message = '' } = error as KeyVaultError;
    const disabled = statusCode === 403 && /disabled/i.test(message);
    if (statusCode === 404 || disabled) return handle(error);
    throw error;
  };
}

/** Catch handler for a name that is deleted, or being deleted or recovered (409). */
function recoverIfDeleted<T>(handle: (error: unknown) => T) {
  return (error: unknown): T => {
    if ((error as KeyVaultError).statusCode === 409) return handle(error);
    throw error;
  };
}

function throwSoftDeleted(cause: unknown): never {
  throw new UpstreamError(
    'secret_soft_deleted',
    'Key Vault has not finished deleting the previous secret. Try again in a minute.',
    true,
    cause,
  );
}

/** Key Vault denied access: the identity of the app lacks a role, or the vault is not set up. */
function throwRefused(error: unknown): never {
  const { statusCode } = error as KeyVaultError;
  if (statusCode === undefined) throw error;
  throw new UpstreamError(
    'key_vault_refused',
    `Key Vault denied access to this app (status ${statusCode}). Report this error to the operator.`,
    false,
    error,
  );
}
