import type { Secret } from './secret';
import type { SecretVersion } from './secret-version';

/** Secrets by name and version. Values are never listed. */
export interface SecretStore {
  /** Stores a new version and returns its id. Throws UpstreamError or ThrottledError. */
  put(
    name: string,
    secret: Secret,
    properties: {
      readonly contentType: string;
      readonly expiresAt?: Date;
      /**
       * Whether a deleted name is recovered, with its earlier versions. Default: true. If false, throws
       * ConflictError for it.
       */
      readonly recovers?: boolean;
    },
  ): Promise<string>;
  /** Throws NotFoundError if the version is deleted, disabled or was never stored. */
  get(name: string, version?: string): Promise<Secret>;
  /** Makes a version unusable. Succeeds if there is none. */
  disable(name: string, version: string): Promise<void>;
  /** Deletes the secret with all its versions. Succeeds if there is none. */
  delete(name: string): Promise<void>;
  /** Names with this prefix, of secrets that are not deleted. */
  listNames(prefix: string): AsyncIterable<string>;
  /** Every version of a name, in no order. Empty if there is no such secret. */
  listVersions(name: string): Promise<readonly SecretVersion[]>;
}
