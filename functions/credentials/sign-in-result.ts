/** A person's sign-in that Entra confirmed, and the app it was made with. */
import type { Secret } from '../secrets/secret';

/** The customer's own app. A public client if there is no secret. */
export interface ClientApp {
  readonly clientId: string;
  readonly clientSecret?: Secret;
}

/** Result of a sign-in. A connection needs the refresh token, too. */
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
