/** Lifetime of refresh tokens, and what revokes them earlier. */
import { EntraError } from '../entra-error';
import type { RefreshToken, User } from '../directory/state';

const day = 86_400_000;
const maxIdleMs = 90 * day;
/** Refresh tokens of single-page apps are valid for a day. */
const spaLifetimeMs = day;

/** Every refresh issues a new token, so the age of each token counts from its own issue. */
export function checkRefreshToken(token: RefreshToken, user: User, now: Date): void {
  const age = now.getTime() - Date.parse(token.issuedAt);
  const about = { issued: token.issuedAt, user: user.username };
  if (token.platform === 'spa' && age > spaLifetimeMs) throw new EntraError(700084, about);
  if (age > maxIdleMs) throw new EntraError(700082, about);
  const revoked = [user.sessionsRevokedAt, passwordChangeEnding(token, user)];
  for (const at of revoked)
    if (at && Date.parse(token.issuedAt) <= Date.parse(at))
      throw new EntraError(50173, { ...about, revoked: at });
  const { signInFrequencySeconds: frequency } = user;
  if (frequency && now.getTime() - Date.parse(token.authenticatedAt) > frequency * 1_000)
    throw new EntraError(70043, about);
}

/** A password change revokes tokens, except those of confidential clients that used no password. */
const passwordChangeEnding = ({ origin, platform }: RefreshToken, user: User) =>
  origin === 'password' || platform !== 'web' ? user.passwordChangedAt : undefined;
