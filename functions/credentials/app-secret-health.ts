/** The secret of our own app, watched like a customer's: without it, every connection by OAuth would stop at once. */
import type { HealthCheck } from '../http/health';
import type { SecretVersion } from '../secrets/secret-version';

const warnedInMs = 30 * 86_400_000;

/** The newest version that is in use speaks; one without a date in the vault is taken to last. */
export function appSecretHealth(
  versions: readonly SecretVersion[],
  now: Date,
): Omit<HealthCheck, 'name'> {
  const [newest] = versions
    .filter(({ enabled }) => enabled)
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  if (!newest) return { ok: false, detail: 'missing' };
  const { expiresAt } = newest;
  if (!expiresAt || expiresAt.getTime() - now.getTime() > warnedInMs) return { ok: true };
  const over = expiresAt <= now;
  return { ok: !over, detail: `${over ? 'expired' : 'expires'} at ${expiresAt.toISOString()}` };
}
