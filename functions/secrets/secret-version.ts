/** Properties of a version of a secret, without its value. */
export interface SecretVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}
