/**
 * Removes secrets that no row refers to. A secret is stored before its row, so a process that dies in
 * between leaves it behind. Many at once are no leftovers but a sign that the storage is not the one of
 * this vault: then nothing is removed until an operator confirms it. Secrets of another deployment,
 * which has rows of its own, are left alone.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { AppError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { SecretStore } from './ports';
import type { SecretVersion } from './secret-version';

/** Far longer than it takes to store the row that refers to a new secret. */
const orphanedAfterMs = 3_600_000;
const maxConcurrentNames = 8;
/** Share of the usable secrets that may belong to no row. */
const share = 0.1;
/** Below this number the share says nothing. */
const minCount = 5;

/** What rows say about the secret of a name. */
export type SecretUse =
  /** All other versions are obsolete. */
  | { readonly versions: readonly string[] }
  /** No row has it, and none ever will. */
  | 'none'
  /** The name is that of another secret. */
  | 'unknown';

/** Reads rows after the versions of the secret: a version that a row refers to by now is in use. */
export type ReadUse = (name: string) => SecretUse | Promise<SecretUse>;

export interface RemovedSecrets {
  /** Deleted with all their versions. */
  readonly deletedCount: number;
  /** Versions that were replaced. */
  readonly disabledCount: number;
}

interface Removal {
  readonly name: string;
  /** Versions to disable. Undefined: the secret is deleted. */
  readonly versions?: readonly string[];
}

type Secrets = Pick<SecretStore, 'listNames' | 'listVersions' | 'disable' | 'delete'>;

/**
 * Whether so many of the usable secrets belong to no row that an operator must confirm their removal.
 * Young ones count, too, so that the rest is not removed bit by bit.
 */
export const isMassSecretRemoval = (unused: number, usable: number): boolean =>
  unused >= minCount && unused > share * usable;

export class OrphanedSecretRemoval {
  constructor(
    private readonly secretStore: Secrets,
    /** Until this time an operator allows the removal of any number. */
    private readonly confirmedUntil: Date | undefined,
    private readonly now: () => Date,
  ) {}

  /**
   * Removes orphans among the secrets whose names begin with `prefix`. A list that fails throws, and
   * nothing is removed after that. The same holds for an outage while a row is read. If the row itself
   * cannot be read, its secret stays, and the failure is thrown at the end. `beforeDeletion` deletes
   * what only the name of a secret leads to.
   */
  async remove(
    prefix: string,
    readUse: ReadUse,
    beforeDeletion: (name: string) => Promise<void> = async () => {},
  ): Promise<RemovedSecrets> {
    const failures: unknown[] = [];
    const tryToReadUse = async (name: string): Promise<SecretUse> => {
      try {
        return await readUse(name);
      } catch (error) {
        if (error instanceof AppError && error.retryable) throw error;
        failures.push(error);
        return 'unknown';
      }
    };
    const removed = await this.removeAll(prefix, tryToReadUse, beforeDeletion);
    throwFirst(failures);
    return removed;
  }

  private async removeAll(
    prefix: string,
    readUse: ReadUse,
    beforeDeletion: (name: string) => Promise<void>,
  ): Promise<RemovedSecrets> {
    const orphans: string[] = [];
    let usable = 0;
    let unused = 0;
    await forEachConcurrently(
      this.secretStore.listNames(prefix),
      maxConcurrentNames,
      async (name) => {
        const versions = await this.secretStore.listVersions(name);
        const use = await readUse(name);
        if (this.removalOf(name, versions, use)) orphans.push(name);
        const enabled = versions.filter((each) => each.enabled && each.isOwn);
        if (use === 'unknown' || enabled.length === 0) return;
        usable++;
        if (use === 'none' || !enabled.some(({ version }) => use.versions.includes(version)))
          unused++;
      },
    );
    if (isMassSecretRemoval(unused, usable) && !this.isConfirmed()) {
      logFailure('orphaned_secrets.held', massRemoval(), { prefix, unused, usable });
      return { deletedCount: 0, disabledCount: 0 };
    }
    return this.removeEach(orphans, readUse, beforeDeletion);
  }

  /** Versions and rows are read again: the list of all secrets takes a while. */
  private async removeEach(
    orphans: readonly string[],
    readUse: ReadUse,
    beforeDeletion: (name: string) => Promise<void>,
  ): Promise<RemovedSecrets> {
    let deletedCount = 0;
    let disabledCount = 0;
    await forEachConcurrently(orphans, maxConcurrentNames, async (name) => {
      const found = await this.secretStore.listVersions(name);
      const removal = this.removalOf(name, found, await readUse(name));
      if (!removal) return;
      const { versions } = removal;
      for (const version of versions ?? []) await this.secretStore.disable(name, version);
      disabledCount += versions?.length ?? 0;
      if (versions) return;
      await beforeDeletion(name);
      await this.secretStore.delete(name);
      deletedCount++;
    });
    return { deletedCount, disabledCount };
  }

  private removalOf(
    name: string,
    versions: readonly SecretVersion[],
    use: SecretUse,
  ): Removal | undefined {
    if (use === 'unknown') return undefined;
    if (use === 'none')
      return versions.every((each) => this.isOwnAndOld(each)) ? { name } : undefined;
    const obsolete = versions
      .filter((each) => each.enabled && this.isOwnAndOld(each))
      .map(({ version }) => version)
      .filter((version) => !use.versions.includes(version));
    return obsolete.length > 0 ? { name, versions: obsolete } : undefined;
  }

  private isOwnAndOld({ isOwn, createdAt }: SecretVersion): boolean {
    return isOwn && createdAt.getTime() < this.now().getTime() - orphanedAfterMs;
  }

  private isConfirmed(): boolean {
    return this.confirmedUntil !== undefined && this.now() < this.confirmedUntil;
  }
}

const massRemoval = () =>
  new Error(
    'Rows refer to so few secrets that storage may not be that of this vault. Compare the settings STORAGE and KEY_VAULT_URI. If the secrets are really obsolete, set SECRET_REMOVAL_CONFIRMED_UNTIL.',
  );
