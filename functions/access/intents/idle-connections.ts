/**
 * Connections without rules and without assignments. A change of their directory needs no work before
 * the response: a timer looks at its intents within seconds.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import type { DirectoryKey } from '../directory';
import type { AssignmentStore, RuleStore } from '../ports';

interface IdlePorts {
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll'>;
  readonly now: () => Date;
}

/** Another instance may have stored the first rules meanwhile; the timer makes up for it. */
const maxAgeMs = 5_000;
const maxConnections = 1_000;

export class IdleConnections {
  private readonly states: TtlCache<boolean>;

  constructor(private readonly ports: IdlePorts) {
    this.states = new TtlCache(maxAgeMs, maxConnections, ports.now);
  }

  isIdle(key: DirectoryKey): Promise<boolean> {
    return this.states.getOrLoad(idOf(key), async () => {
      const rules = await this.ports.ruleStore.get(key);
      if (rules && rules.rules.length > 0) return false;
      for await (const _ of this.ports.assignmentStore.listAll(key)) return false;
      return true;
    });
  }

  /** After a change of the rules. */
  forget(key: DirectoryKey): void {
    this.states.delete(idOf(key));
  }
}

const idOf = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;
