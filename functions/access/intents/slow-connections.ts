/**
 * Connections whose revocations did not finish before a response. For a while the next responses leave
 * theirs to the background, where they begin at once: a bulk request of a hundred leavers must not wait
 * for each.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../../concurrency/at-most';
import type { DirectoryKey } from '../directory';

const slowMs = 10_000;
const maxConnections = 1_000;

export class SlowConnections {
  private readonly until = new LRUCache<string, number>(atMost(maxConnections));

  constructor(private readonly now: () => Date) {}

  isSlow(key: DirectoryKey): boolean {
    return this.now().getTime() < (this.until.get(idOf(key)) ?? 0);
  }

  note(key: DirectoryKey): void {
    this.until.set(idOf(key), this.now().getTime() + slowMs);
  }
}

const idOf = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;
