/**
 * Keys of the digests of tokens, in the secret store. A token keeps the version of the pepper that it
 * was issued with, so a new version ends no token. An operator who disables or deletes a version ends
 * its tokens.
 */
import { LRUCache } from 'lru-cache';
import { TtlCache } from '../../concurrency/ttl-cache';
import { NotFoundError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { SecretStore } from '../../secrets/ports';
import { Secret } from '../../secrets/secret';

const name = 'pv-token-pepper';
const pepperBytes = 32;
const maxVersions = 16;
/** How long a worker uses a version without reading it again. */
const keptMs = 15 * 60_000;
/** Workers that create the first pepper at once do so within this time. */
const concurrentMs = 10 * 60_000;

export interface Pepper {
  readonly version: string;
  readonly value: string;
}

export class Peppers {
  private readonly kept: TtlCache<string | undefined>;
  /** Used while Key Vault cannot be read. */
  private readonly lastRead = new LRUCache<string, string>({ max: maxVersions });

  constructor(
    private readonly store: Pick<SecretStore, 'get' | 'put' | 'listVersions' | 'disable'>,
    private readonly randomBytes: (size: number) => Uint8Array,
    now: () => Date,
  ) {
    this.kept = new TtlCache(keptMs, maxVersions, now);
  }

  /** For a new token: the latest version, or the first one. */
  async current(): Promise<Pepper> {
    const versions = await this.store.listVersions(name);
    const [latest] = versions
      .filter(({ enabled }) => enabled)
      .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    const version = latest?.version ?? (await this.create());
    return { version, value: (await this.store.get(name, version)).reveal() };
  }

  /** Undefined if the version was disabled or deleted, at the latest a quarter of an hour ago. */
  get(version: string): Promise<string | undefined> {
    return this.kept.getOrLoad(version, () => this.read(version));
  }

  private async read(version: string): Promise<string | undefined> {
    try {
      const value = (await this.store.get(name, version)).reveal();
      this.lastRead.set(version, value);
      return value;
    } catch (error) {
      if (error instanceof NotFoundError) {
        this.lastRead.delete(version);
        return undefined;
      }
      const value = this.lastRead.get(version);
      if (value === undefined) throw error;
      logFailure('provisioning_pepper.read_failed', error);
      return value;
    }
  }

  /**
   * Two workers may create one each: both stay valid. Key Vault recovers a deleted name with its earlier
   * versions, whose tokens ended with the deletion and must not come back.
   */
  private async create(): Promise<string> {
    const value = Buffer.from(this.randomBytes(pepperBytes)).toString('base64url');
    const version = await this.store.put(name, new Secret(value), {
      contentType: 'key of the digests of provisioning tokens',
    });
    const versions = await this.store.listVersions(name);
    const created = versions.find((each) => each.version === version)?.createdAt.getTime() ?? 0;
    for (const each of versions)
      if (each.enabled && each.createdAt.getTime() < created - concurrentMs)
        await this.store.disable(name, each.version);
    return version;
  }
}
