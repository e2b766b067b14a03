/**
 * Connections without rules and without assignments. A change of their directory needs no work before
 * the response: a timer looks at its intents within seconds.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import type { DirectoryKey } from '../directory';

/** Another instance may have stored the first rules meanwhile; the timer makes up for it. */
const maxAgeMs = 5_000;
const maxConnections = 1_000;

export class IdleConnections {
  private readonly states: TtlCache<boolean>;

  constructor(
    private readonly work: { isIdle(key: DirectoryKey): Promise<boolean> },
    now: () => Date,
  ) {
    this.states = new TtlCache(maxAgeMs, maxConnections, now);
  }

  isIdle(key: DirectoryKey): Promise<boolean> {
    return this.states.getOrLoad(idOf(key), () => this.work.isIdle(key));
  }

  /** After a change of the rules. */
  forget(key: DirectoryKey): void {
    this.states.delete(idOf(key));
  }
}

const idOf = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;
