/**
 * SecretStore in Key Vault. Each version has a tag that names the storage account of the rows that
 * refer to it, because deployments may share a vault. Key Vault reserves a deleted name for weeks (soft
 * delete), so storing a secret under it recovers the name first. Its old versions were disabled before
 * the deletion.
 */
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretStore } from '../../secrets/ports';
import type { SecretVersion } from '../../secrets/secret-version';
import { ConflictError, NotFoundError, UpstreamError } from '../../errors/app-error';
import { Secret } from '../../secrets/secret';
import { mapServiceErrors } from '../availability';
import { endFirstAttemptAfter } from '../first-attempt';
import { storageAccountOf } from '../table-storage/table-client';
import { spanPolicy } from '../span-policy';
import { throwVaultErrors, VaultError, verdictOf, type Verdict } from './vault-error';
import { foreignResponse, throwForeignResponses } from './vault-response';

const callMs = 20_000;
/** Key Vault responds within a second. */
const firstAttemptMs = 8_000;

/** Tag with the storage account. */
const storageTag = 'storage';

const azureHost = /\.vault\.(azure\.net|usgovcloudapi\.net|azure\.cn)$/;

/** How long a call waits for a name that is being deleted or recovered. */
export interface NameWait {
  readonly maxMs: number;
  readonly intervalMs: number;
}

/** Key Vault deletes and recovers within seconds, rarely within half a minute. */
const defaultWait: NameWait = { maxMs: 20_000, intervalMs: 500 };

export class KeyVaultSecretStore implements SecretStore {
  private readonly client: SecretClient;
  private readonly storageAccount: string | undefined;

  constructor(
    vaultUrl: string,
    identity: TokenCredential,
    /**
     * URL or connection string of the tables whose rows refer to the secrets. Without it, versions have
     * no tag, and those without a tag are its own.
     */
    storage?: string,
    private readonly wait = defaultWait,
  ) {
    this.storageAccount = storage === undefined ? undefined : storageAccountOf(storage);
    this.client = new SecretClient(vaultUrl, identity, {
      // The SDK trusts challenges of Azure's own hosts only.
      disableChallengeResourceVerification: !azureHost.test(new URL(vaultUrl).hostname),
      retryOptions: { maxRetries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 5_000 },
      additionalPolicies: [
        // The first policy is the outermost one: it sees responses that the others let pass.
        { policy: throwVaultErrors, position: 'perCall' },
        { policy: throwForeignResponses, position: 'perCall' },
        ...mapServiceErrors('key vault', callMs),
        { policy: endFirstAttemptAfter(firstAttemptMs), position: 'perRetry' },
        { policy: spanPolicy('key vault'), position: 'perRetry' },
      ],
    });
  }

  async put(
    name: string,
    secret: Secret,
    { contentType, expiresAt, recovers = true }: Parameters<SecretStore['put']>[2],
  ): Promise<string> {
    const set = () =>
      this.client.setSecret(name, secret.reveal(), {
        contentType,
        ...(this.storageAccount !== undefined && { tags: { [storageTag]: this.storageAccount } }),
        ...(expiresAt && { expiresOn: expiresAt }),
      });
    const { properties } = await this.repeatWhile(set, (error) => {
      if (!recovers && isDeleted(error)) throw nameReserved(name, error);
      return this.isReservedFor(name, error);
    }).catch(throwRefused);
    if (properties.version === undefined) throw foreignResponse();
    return properties.version;
  }

  async get(name: string, version?: string): Promise<Secret> {
    const { value } = await this.client
      .getSecret(name, version === undefined ? {} : { version })
      .catch(ifUnreadable(throwNotFound));
    if (value === undefined) throw foreignResponse();
    return new Secret(value);
  }

  async disable(name: string, version: string): Promise<void> {
    const updated = await this.repeatWhile(
      () => this.client.updateSecretProperties(name, version, { enabled: false }),
      isBusy,
    ).catch(ifUnreadable(() => undefined));
    if (updated?.enabled) throw foreignResponse();
  }

  async delete(name: string): Promise<void> {
    await this.repeatWhile(() => this.client.beginDeleteSecret(name), isBusy).catch(
      ifGone(() => undefined),
    );
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
          isOwn: properties.tags?.[storageTag] === this.storageAccount,
          createdAt: properties.createdOn!,
          ...(properties.expiresOn && { expiresAt: properties.expiresOn }),
        });
    } catch (error) {
      return ifGone((): SecretVersion[] => [])(error);
    }
    return versions;
  }

  /** Repeats the request while `mayRepeat` allows it, for a bounded time. */
  private async repeatWhile<T>(
    request: () => Promise<T>,
    mayRepeat: (error: unknown) => boolean | Promise<boolean>,
  ): Promise<T> {
    const endsAt = performance.now() + this.wait.maxMs;
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (!(await mayRepeat(error))) throw error;
        if (performance.now() >= endsAt) throwReserved(error);
      }
      await sleep(this.wait.intervalMs);
    }
  }

  /**
   * Whether the name cannot take a new version yet. Starts the recovery of a deleted name. The end
   * of the recovery shows when a version is accepted: the poller of the SDK ends too early
   * (github.com/Azure/azure-sdk-for-net/issues/31581).
   */
  private async isReservedFor(name: string, error: unknown): Promise<boolean> {
    const verdict = verdictOf(error);
    if (verdict === 'deleted')
      await this.client.beginRecoverDeletedSecret(name).catch((refusal: unknown) => {
        // Another request recovers the name, or has recovered it.
        const state = verdictOf(refusal);
        if (state === undefined || state === 'refused') throwRefused(refusal);
      });
    return verdict === 'deleted' || verdict === 'deleting' || verdict === 'busy';
  }
}

const isBusy = (error: unknown) => verdictOf(error) === 'busy';

const deletedVerdicts: readonly (Verdict | undefined)[] = ['deleting', 'deleted'];
const isDeleted = (error: unknown) => deletedVerdicts.includes(verdictOf(error));

const goneVerdicts: readonly (Verdict | undefined)[] = ['missing', 'deleting', 'deleted'];

/** Catch handler for a secret that Key Vault reports as missing or deleted. */
function ifGone<T>(handle: (error: unknown) => T) {
  return (error: unknown): T =>
    goneVerdicts.includes(verdictOf(error)) ? handle(error) : throwRefused(error);
}

/** Catch handler for a version that cannot be read any more. */
function ifUnreadable<T>(handle: (error: unknown) => T) {
  return (error: unknown): T =>
    verdictOf(error) === 'disabled' ? handle(error) : ifGone(handle)(error);
}

function throwNotFound(cause: unknown): never {
  throw new NotFoundError(
    'secret_not_found',
    'The stored credential does not exist any more. Connect the connector again.',
    { cause },
  );
}

const nameReserved = (name: string, cause: unknown) =>
  new ConflictError(
    'secret_name_reserved',
    `Key Vault reserves the name ${name} of a deleted secret. Choose another name.`,
    { cause },
  );

function throwReserved(cause: unknown): never {
  throw new UpstreamError(
    'secret_soft_deleted',
    'Key Vault has not finished deleting or recovering a secret. Try again in a minute.',
    true,
    cause,
  );
}

/** Key Vault refused the request: the identity of the app lacks a role, or the vault is not set up. */
function throwRefused(error: unknown): never {
  if (!(error instanceof VaultError)) throw error;
  if (error.verdict === 'busy') throwReserved(error);
  const reason = [`status ${error.statusCode}`, ...error.codes].join(', ');
  throw new UpstreamError(
    'key_vault_refused',
    `Key Vault denied access to this app (${reason}). Report this error to the operator.`,
    false,
    error,
  );
}
