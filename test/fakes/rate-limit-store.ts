/** In-memory RateLimitStore. test/contracts holds it to the promises of the port. */
import type { RateLimitStore } from '../../functions/http/ports';

export function fakeRateLimitStore(): RateLimitStore {
  const rows = new Map<string, { window: number; used: number; expiresAt: Date }>();
  return {
    async increment({ tenantId, limit, subject, window, windowEndsAt }, quota) {
      const key = `${tenantId}/${limit}/${subject}`;
      const found = rows.get(key);
      const current = found && found.window >= window ? found : undefined;
      if (current && current.used >= quota) return quota + 1;
      const used = (current?.used ?? 0) + 1;
      rows.set(key, { window: current?.window ?? window, used, expiresAt: windowEndsAt });
      return used;
    },
    async *deleteExpired(now) {
      for (const [key, { expiresAt }] of rows)
        if (expiresAt < now) {
          rows.delete(key);
          yield key;
        }
    },
  };
}
