/** Health of the secret of our own app. Without it, every connection by OAuth stops working. */
import type { SecretVersion } from '../secrets/secret-version';

const warningPeriodMs = 30 * 86_400_000;

/** Judges the newest enabled version. A version without an expiry date never expires. */
export function appSecretHealth(
  versions: readonly SecretVersion[],
  now: Date,
): { readonly ok: boolean; readonly detail?: string } {
  const [newest] = versions
    .filter(({ enabled }) => enabled)
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  if (!newest) return { ok: false, detail: 'missing' };
  const { expiresAt } = newest;
  if (!expiresAt || expiresAt.getTime() - now.getTime() > warningPeriodMs) return { ok: true };
  const expired = expiresAt <= now;
  const detail = `${expired ? 'expired' : 'expires'} at ${expiresAt.toISOString()}`;
  return { ok: !expired, detail };
}
