/**
 * Versions of the resources of one page under other keys of the vault. After an operator has replaced
 * the key, a resource that did not change has another version than the stored one. Computed at the
 * first mismatch, one key after the other.
 */
import { isCurrentVersion, type VersionHash } from './canonical-json';
import type { Resource } from './resource';

/** Hashes that give the versions of resources. */
export interface VersionHashes {
  /** The hash for versions that are stored from now on. */
  readonly current: () => Promise<VersionHash>;
  /** The hashes with other keys, which stored versions may have. */
  readonly others: () => Promise<readonly VersionHash[]>;
}

export class OtherVersions {
  private readonly byHash = new Map<VersionHash, ReadonlyMap<Resource, string>>();
  private hashes: Promise<readonly VersionHash[]> | undefined;

  constructor(
    private readonly resources: readonly Resource[],
    /** Extracts the same resources, in the same order, with another hash. */
    private readonly extract: (hash: VersionHash) => readonly Resource[],
    private readonly loadHashes: VersionHashes['others'],
  ) {}

  /** Whether `version` is the version of the resource under another key. */
  async include(resource: Resource, version: string | undefined): Promise<boolean> {
    // With other rules of redaction the version says nothing about a change.
    if (version === undefined || version === resource.hash || !isCurrentVersion(version))
      return false;
    this.hashes ??= this.loadHashes();
    return (await this.hashes).some((hash) => this.under(hash).get(resource) === version);
  }

  private under(hash: VersionHash): ReadonlyMap<Resource, string> {
    const known = this.byHash.get(hash);
    if (known) return known;
    const again = withChildren(this.extract(hash));
    const versions = new Map(
      withChildren(this.resources).map((resource, index) => [resource, again[index]!.hash]),
    );
    this.byHash.set(hash, versions);
    return versions;
  }
}

const withChildren = (resources: readonly Resource[]): readonly Resource[] =>
  resources.flatMap((resource) => [resource, ...(resource.children ?? [])]);
