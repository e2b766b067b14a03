/**
 * Keys of the digests of tokens, in the secret store. A token keeps the version of the pepper that it
 * was issued with, so a new version ends no token. Versions never change and are cached.
 */
import { LRUCache } from 'lru-cache';
import type { SecretStore } from '../../secrets/ports';
import { Secret } from '../../secrets/secret';

const name = 'pv-token-pepper';
const pepperBytes = 32;

export interface Pepper {
  readonly version: string;
  readonly value: string;
}

export class Peppers {
  private readonly known = new LRUCache<string, Promise<Secret>>({ max: 16 });

  constructor(
    private readonly store: Pick<SecretStore, 'get' | 'put' | 'listVersions'>,
    private readonly randomBytes: (size: number) => Uint8Array,
  ) {}

  /** For a new token: the latest version, or the first one. */
  async current(): Promise<Pepper> {
    const versions = await this.store.listVersions(name);
    const [latest] = versions
      .filter(({ enabled }) => enabled)
      .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    const version = latest?.version ?? (await this.create());
    return { version, value: await this.get(version) };
  }

  async get(version: string): Promise<string> {
    const cached = this.known.get(version);
    if (cached) return (await cached).reveal();
    const loading = this.store.get(name, version);
    this.known.set(version, loading);
    loading.catch(() => this.known.delete(version));
    return (await loading).reveal();
  }

  /** Two workers may create one each: both stay valid. */
  private create(): Promise<string> {
    const value = Buffer.from(this.randomBytes(pepperBytes)).toString('base64url');
    return this.store.put(name, new Secret(value), {
      contentType: 'key of the digests of provisioning tokens',
    });
  }
}
