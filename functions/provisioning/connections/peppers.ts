/**
 * Keys of the digests of tokens, in the secret store. A token keeps the version of the pepper that it
 * was issued with, so a new version ends no token. An operator who disables or deletes a version ends
 * its tokens: a deleted name is never recovered, because its versions would come back with it.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../../concurrency/at-most';
import { TtlCache } from '../../concurrency/ttl-cache';
import { ConflictError, NotFoundError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { SecretStore } from '../../secrets/ports';
import { Secret } from '../../secrets/secret';

const firstName = 'pv-token-pepper';
/** Each deletion reserves a name for weeks, so the next pepper needs another one. */
const maxNames = 16;
const names = Array.from({ length: maxNames }, (_, index) =>
  index === 0 ? firstName : `${firstName}-${index + 1}`,
);
const pepperBytes = 32;
const maxVersions = 16;
/** How long a worker uses a version without reading it again. */
const keptMs = 15 * 60_000;

export interface Pepper {
  /** `{version}` of the first name, `{name}/{version}` of another one. */
  readonly version: string;
  readonly value: string;
}

export class Peppers {
  private readonly kept: TtlCache<string | undefined>;
  /** Used while Key Vault cannot be read. */
  private readonly lastRead = new LRUCache<string, string>(atMost(maxVersions));

  constructor(
    private readonly store: Pick<SecretStore, 'get' | 'put' | 'listVersions'>,
    private readonly randomBytes: (size: number) => Uint8Array,
    now: () => Date,
  ) {
    this.kept = new TtlCache(keptMs, maxVersions, now);
  }

  /** For a new token: the latest version of the first name that has one, or a new one. */
  async current(): Promise<Pepper> {
    for (const name of names) {
      const [latest] = (await this.store.listVersions(name))
        .filter(({ enabled }) => enabled)
        .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
      if (latest) return this.pepper(name, latest.version);
    }
    return this.create();
  }

  /** Undefined if the version was disabled or deleted, at the latest a quarter of an hour ago. */
  get(version: string): Promise<string | undefined> {
    return this.kept.getOrLoad(version, () => this.read(version));
  }

  private async read(version: string): Promise<string | undefined> {
    try {
      const value = await this.valueOf(version);
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

  /** Two workers may create one each: both stay valid. */
  private async create([name = firstName, ...others] = names): Promise<Pepper> {
    const value = new Secret(Buffer.from(this.randomBytes(pepperBytes)).toString('base64url'));
    const contentType = 'key of the digests of provisioning tokens';
    try {
      const version = await this.store.put(name, value, { contentType, recovers: false });
      return await this.pepper(name, version);
    } catch (error) {
      if (!(error instanceof ConflictError) || others.length === 0) throw error;
      return this.create(others);
    }
  }

  private async pepper(name: string, storedVersion: string): Promise<Pepper> {
    const version = name === firstName ? storedVersion : `${name}/${storedVersion}`;
    return { version, value: await this.valueOf(version) };
  }

  private async valueOf(version: string): Promise<string> {
    const [stored = '', name = firstName] = version.split('/').toReversed();
    return (await this.store.get(name, stored)).reveal();
  }
}
