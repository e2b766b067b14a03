/** Properties of a version of a secret, without its value. */
export interface SecretVersion {
  readonly version: string;
  readonly enabled: boolean;
  /** This deployment stored it. False for one that shares the vault and has a storage of its own. */
  readonly isOwn: boolean;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}
