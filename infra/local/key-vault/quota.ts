/**
 * Limits of requests within ten seconds of real time, separately for new secrets and for other
 * requests.
 */
import { throttled } from './vault-error';

export interface Quota {
  readonly newSecrets: number;
  readonly others: number;
}

/** Limits of Azure per vault and region. */
export const azureQuota: Quota = { newSecrets: 300, others: 4_000 };

const windowMs = 10_000;

/** The returned function counts a request and throws if the limit is exceeded. */
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
