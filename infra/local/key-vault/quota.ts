/** How many requests the vault takes in ten seconds of real time, new secrets apart from everything else. */
import { throttled } from './vault-error';

export interface Quota {
  readonly newSecrets: number;
  readonly others: number;
}

/** Azure's, per vault and region. */
export const azureQuota: Quota = { newSecrets: 300, others: 4_000 };

const windowMs = 10_000;

/** The returned function counts a request, or throws when there have been too many. */
export function createQuotaCounter(quota: Quota, now = () => performance.now()) {
  let began = -Infinity;
  let used = { newSecrets: 0, others: 0 };
  return (kind: keyof Quota): void => {
    if (now() - began >= windowMs) {
      began = now();
      used = { newSecrets: 0, others: 0 };
    }
    used[kind] += 1;
    if (used[kind] > quota[kind])
      throw throttled(Math.max(1, Math.ceil((began + windowMs - now()) / 1000)));
  };
}
