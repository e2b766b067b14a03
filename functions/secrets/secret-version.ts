/** What may be known of a version of a secret without reading it. */
export interface SecretVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}
