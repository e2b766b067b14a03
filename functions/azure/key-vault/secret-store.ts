/**
 * Secrets in Key Vault. Names follow from ids. A name that was deleted is kept back by the vault for weeks, so whoever
 * connects again after a disconnect has it recovered first; its old versions were disabled before it was deleted.
 */
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import type { SecretStore } from '../../connectors/ports';
import type { SecretVersion } from '../../secrets/secret-version';
import { NotFoundError, UpstreamError } from '../../errors/app-error';
import { Secret } from '../../secrets/secret';
import { mapServiceErrors } from '../availability';

const recoveryInMs = 20_000;
const azureHost = /\.vault\.(azure\.net|usgovcloudapi\.net|azure\.cn)$/;

export class KeyVaultSecretStore implements SecretStore {
  private readonly client: SecretClient;

  constructor(vaultUrl: string, identity: TokenCredential) {
    this.client = new SecretClient(vaultUrl, identity, {
      // The SDK only trusts challenges of Azure's own hosts, unless told that the vault is another's.
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
      .catch(recoverIfDeleted(stillKeptBack))
      .catch(refused);
    return properties.version!;
  }

  private async recover(name: string): Promise<void> {
    const recovering = await this.client.beginRecoverDeletedSecret(name, {
      intervalInMs: 500,
      abortSignal: AbortSignal.timeout(recoveryInMs),
    });
    await recovering.pollUntilDone();
  }

  async get(name: string, version?: string): Promise<Secret> {
    const { value } = await this.client
      .getSecret(name, version === undefined ? {} : { version })
      .catch(whenGone(notThere))
      .catch(refused);
    return new Secret(value ?? '');
  }

  async disable(name: string, version: string): Promise<void> {
    await this.client
      .updateSecretProperties(name, version, { enabled: false })
      .catch(whenGone(() => undefined))
      .catch(refused);
  }

  async delete(name: string): Promise<void> {
    await this.client
      .beginDeleteSecret(name)
      .catch(whenGone(() => undefined))
      .catch(refused);
  }

  /** The vault lists by page and cannot search, so that every name of ours is looked at. */
  async *names(prefix: string): AsyncIterable<string> {
    try {
      for await (const { name } of this.client.listPropertiesOfSecrets())
        if (name.startsWith(prefix)) yield name;
    } catch (error) {
      refused(error);
    }
  }

  async versions(name: string): Promise<readonly SecretVersion[]> {
    const versions: SecretVersion[] = [];
    try {
      for await (const each of this.client.listPropertiesOfSecretVersions(name))
        versions.push({
          version: each.version!,
          enabled: each.enabled ?? true,
          createdAt: each.createdOn!,
          ...(each.expiresOn && { expiresAt: each.expiresOn }),
        });
    } catch (error) {
      return whenGone((): SecretVersion[] => [])(error);
    }
    return versions;
  }
}

function notThere(cause: unknown): never {
  throw new NotFoundError('secret_not_found', 'The stored credential is not there any more.', {
    cause,
  });
}

/** The errors of this SDK carry the status, and the service's own word for a version that was disabled. */
interface VaultFailure {
  readonly statusCode?: number;
  readonly message?: string;
}

/** Not there, on its way out, or made unusable by us. */
function whenGone<T>(handle: (error: unknown) => T) {
  return (error: unknown): T => {
    const { statusCode, message = '' } = error as VaultFailure;
    const disabled = statusCode === 403 && /disabled/i.test(message);
    if (statusCode === 404 || disabled) return handle(error);
    throw error;
  };
}

/** The name was deleted, or is just being deleted or recovered (409). */
function recoverIfDeleted<T>(handle: (error: unknown) => T) {
  return (error: unknown): T => {
    if ((error as VaultFailure).statusCode === 409) return handle(error);
    throw error;
  };
}

function stillKeptBack(cause: unknown): never {
  throw new UpstreamError(
    'secret_soft_deleted',
    'Key Vault is still busy with the secret that was deleted before. Try again in a minute.',
    true,
    cause,
  );
}

/** The vault is there and says no: our own identity lacks a role, or the vault its set-up. */
function refused(error: unknown): never {
  const { statusCode } = error as VaultFailure;
  if (statusCode === undefined) throw error;
  throw new UpstreamError(
    'key_vault_refused',
    `Key Vault refused the app's own identity (status ${statusCode}).`,
    false,
    error,
  );
}
