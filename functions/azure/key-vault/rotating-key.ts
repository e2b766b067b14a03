/**
 * A key in Key Vault that an operator may replace while workers use it. A worker keeps the key for a
 * while, so it may be behind or ahead of others. Keys that the vault still has, older or newer than
 * the one that this worker uses, are known to every worker, also to one that started after the
 * rotation.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import { NotFoundError } from '../../errors/app-error';
import type { SecretStore } from '../../secrets/ports';
import { serviceUnavailable } from '../availability';

const keptMs = 15 * 60_000;
/** A caller who sends wrong proofs must not cause a load for each of them. */
const reloadPauseMs = 10_000;
/** Longer than a worker keeps a key, and than a cursor or a counted try is valid. */
const overlapMs = 2 * 3_600_000;
const maxOthers = 8;

interface OtherKey {
  readonly value: string;
  /** Undefined for the newest key. */
  readonly replacedAt?: Date;
}

export class RotatingKey {
  private readonly current: TtlCache<string>;
  private readonly listed: TtlCache<readonly OtherKey[]>;
  /** Values by version. A version never changes its value. */
  private readonly values: TtlCache<string>;
  private reloadedAtMs = -Infinity;

  constructor(
    private readonly secrets: Pick<SecretStore, 'get' | 'listVersions'>,
    private readonly name: string,
    private readonly now: () => Date,
  ) {
    this.current = new TtlCache(keptMs, 1, now);
    this.listed = new TtlCache(keptMs, 1, now);
    this.values = new TtlCache(keptMs, maxOthers + 1, now);
  }

  /** The key to sign with. Throws ServiceUnavailableError without a key, which the operator removed. */
  get(): Promise<string> {
    return this.current.getOrLoad('key', async () => {
      const key = (await this.secrets.get(this.name).catch(throwUnavailable)).reveal();
      // Anyone can sign with an empty key.
      if (key === '') throw serviceUnavailable('key vault', new Error('The key is empty.'));
      return key;
    });
  }

  /** Whether the key, or one that was replaced lately, passes. Reads them again if none does. */
  async accepts(passes: (key: string) => boolean): Promise<boolean> {
    if (passes(await this.get())) return true;
    const known = (await this.recent()).some(passes);
    if (!this.mayReload()) return known;
    // Another worker may be ahead.
    this.current.delete('key');
    if (!known) this.listed.delete('keys');
    return known || passes(await this.get()) || (await this.recent()).some(passes);
  }

  /** Other keys that were in use within the last two hours, newest first. */
  async recent(): Promise<readonly string[]> {
    const since = this.now().getTime() - overlapMs;
    const recent = (await this.list()).filter(
      ({ replacedAt }) => replacedAt === undefined || replacedAt.getTime() > since,
    );
    return this.valuesExceptCurrent(recent);
  }

  /**
   * Every other key that the vault has, newest first. Call it for a mismatch: it may read the vault.
   */
  async others(): Promise<readonly string[]> {
    if (this.mayReload()) this.listed.delete('keys');
    return this.valuesExceptCurrent(await this.list());
  }

  private async valuesExceptCurrent(keys: readonly OtherKey[]): Promise<readonly string[]> {
    const current = await this.get();
    return keys.map(({ value }) => value).filter((value) => value !== current);
  }

  private list(): Promise<readonly OtherKey[]> {
    return this.listed.getOrLoad('keys', async () => {
      const versions = (await this.secrets.listVersions(this.name)).toSorted(
        (one, other) => other.createdAt.getTime() - one.createdAt.getTime(),
      );
      const dated = versions.map(({ version, enabled }, index) => {
        const replacedAt = versions[index - 1]?.createdAt;
        return { version, enabled, ...(replacedAt && { replacedAt }) };
      });
      const keys = await Promise.all(
        dated
          .filter(({ enabled }) => enabled)
          .slice(0, maxOthers + 1)
          .map((each) => this.read(each)),
      );
      return keys.filter((key) => key !== undefined).filter(({ value }) => value !== '');
    });
  }

  private async read(version: {
    readonly version: string;
    readonly replacedAt?: Date;
  }): Promise<OtherKey | undefined> {
    const load = async () => (await this.secrets.get(this.name, version.version)).reveal();
    try {
      const value = await this.values.getOrLoad(version.version, load);
      return { value, ...(version.replacedAt && { replacedAt: version.replacedAt }) };
    } catch (error) {
      // It was disabled after it was listed.
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  private mayReload(): boolean {
    const nowMs = this.now().getTime();
    if (nowMs - this.reloadedAtMs < reloadPauseMs) return false;
    this.reloadedAtMs = nowMs;
    return true;
  }
}

/** A caller can do nothing about a key of this service, so a missing one is no 404. */
function throwUnavailable(error: unknown): never {
  throw error instanceof NotFoundError ? serviceUnavailable('key vault', error) : error;
}
