/** From extensions.durableTask in host.json. */
export interface Versioning {
  /** Version of instances and children that are started without one, and of this host. */
  readonly defaultVersion?: string | undefined;
  readonly versionMatchStrategy?: string | undefined;
  readonly versionFailureStrategy?: string | undefined;
}
