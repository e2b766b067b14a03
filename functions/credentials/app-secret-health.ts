/** Health of our own app and of its secret. Without it, every connection by OAuth stops working. */
import type { OwnAppHealth } from './ports';
import type { SecretVersion } from '../secrets/secret-version';

interface AppHealth {
  readonly ok: boolean;
  readonly detail?: string;
}

const warningPeriodMs = 30 * 86_400_000;

/** Judges the newest enabled version. A version without an expiry date never expires. */
export function appSecretHealth(versions: readonly SecretVersion[], now: Date): AppHealth {
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

/** Unhealthy only if Entra refused the app, not while Entra cannot be asked. */
export const ownAppHealth = ({ works, detail }: OwnAppHealth): AppHealth => ({
  ok: works !== false,
  ...(detail !== undefined && { detail }),
});
