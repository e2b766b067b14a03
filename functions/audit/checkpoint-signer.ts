/**
 * Signs checkpoints with a key that is derived from a secret in Key Vault (HMAC-SHA-256). Who can write
 * to storage cannot sign. A signature names the version of the secret, so it outlives a rotation.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { TtlCache } from '../concurrency/ttl-cache';
import { NotFoundError } from '../errors/app-error';
import type { SecretStore } from '../secrets/ports';
import type { CheckpointSigner } from './ports';

const cachedMs = 15 * 60_000;
const maxVersions = 16;
/** Read from storage, so it may be any text. */
const isVersion = /^[\w-]{1,64}$/;

export class SecretCheckpointSigner implements CheckpointSigner {
  private readonly latest: TtlCache<string>;
  private readonly keys: TtlCache<Buffer>;

  constructor(
    private readonly secrets: Pick<SecretStore, 'get' | 'listVersions'>,
    private readonly secretName: string,
    now: () => Date,
  ) {
    this.latest = new TtlCache(cachedMs, 1, now);
    this.keys = new TtlCache(cachedMs, maxVersions, now);
  }

  async sign(text: string): Promise<{ readonly keyVersion: string; readonly signature: string }> {
    try {
      return await this.signWithLatest(text);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      // The version was replaced and disabled after it was read.
      this.latest.delete('latest');
      return this.signWithLatest(text);
    }
  }

  private async signWithLatest(
    text: string,
  ): Promise<{ readonly keyVersion: string; readonly signature: string }> {
    const keyVersion = await this.latest.getOrLoad('latest', () => this.latestVersion());
    return { keyVersion, signature: await this.signature(text, keyVersion) };
  }

  async isSignedBy(text: string, keyVersion: string, signature: string): Promise<boolean> {
    const known = isVersion.test(keyVersion) && (await this.signatureIfKnown(text, keyVersion));
    if (!known) return false;
    const [expected, given] = [Buffer.from(known), Buffer.from(signature)];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** A version that Key Vault does not have signed nothing. */
  private async signatureIfKnown(text: string, keyVersion: string): Promise<string | undefined> {
    try {
      return await this.signature(text, keyVersion);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  private async signature(text: string, keyVersion: string): Promise<string> {
    const key = await this.keys.getOrLoad(keyVersion, () => this.deriveKey(keyVersion));
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  private async deriveKey(keyVersion: string): Promise<Buffer> {
    const secret = await this.secrets.get(this.secretName, keyVersion);
    return createHmac('sha256', secret.reveal()).update('audit checkpoint').digest();
  }

  private async latestVersion(): Promise<string> {
    const versions = await this.secrets.listVersions(this.secretName);
    const enabled = versions
      .filter((each) => each.enabled)
      .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    if (!enabled[0]) throw new Error(`The secret ${this.secretName} has no enabled version.`);
    return enabled[0].version;
  }
}
