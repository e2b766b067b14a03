/** A person's sign-in that Entra vouched for, and the app it was made with. */
import type { Secret } from '../secrets/secret';

/** The customer's own app; without a secret it is public. */
export interface ClientApp {
  readonly clientId: string;
  readonly clientSecret?: Secret;
}

/** What a sign-in brought. Without a refresh token it is of no use to us. */
export interface SignInResult {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly refreshToken?: Secret;
  readonly clientId: string;
  readonly tenantId: string;
  readonly objectId: string;
  readonly displayName: string;
  readonly username?: string;
}
