/**
 * Limits messages to about one a second for a key: a message that becomes visible soon after a change
 * covers it.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../concurrency/at-most';

const spacingMs = 1_000;
const maxKeys = 10_000;

export class RequestSpacing {
  /** When the last message becomes visible. */
  private readonly visibleAt = new LRUCache<string, number>(atMost(maxKeys));

  /** Delay of the message for work that is due then; undefined if a message covers it. */
  delayFor(key: string, delaySeconds: number, now: Date): number | undefined {
    const dueMs = now.getTime() + delaySeconds * 1_000;
    const lastMs = this.visibleAt.get(key) ?? -Infinity;
    const lateMs = lastMs - dueMs;
    if (lateMs >= 0 && lateMs <= spacingMs) return undefined;
    const delay = lateMs < 0 && lateMs > -spacingMs ? delaySeconds + 1 : delaySeconds;
    this.visibleAt.set(key, now.getTime() + delay * 1_000);
    return delay;
  }

  /** The last message was not sent. */
  forget(key: string): void {
    this.visibleAt.delete(key);
  }
}
