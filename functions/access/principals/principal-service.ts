/** Finds the Entra object of a user or group, by the first rung of the ladder that knows it. */
import type { DirectoryKey } from '../directory';
import type { Subject } from '../grants/assignment';
import { maxEmails, type Group, type Identity, type Person } from '../person';
import type { AssignmentStore, PrincipalDirectory, PrincipalMatch } from '../ports';
import {
  keepPresence,
  knownPrincipal,
  resolved,
  sourceOf,
  type PendingPrincipal,
  type PrincipalState,
  type ResolvedPrincipal,
} from './principal';

export interface Resolution {
  readonly principal: PrincipalState;
  /** What was stored before. */
  readonly before: PrincipalState | undefined;
  readonly retryAfterMs?: number;
}

interface PrincipalPorts {
  readonly assignmentStore: Pick<AssignmentStore, 'getPrincipal'>;
  readonly principalDirectory: PrincipalDirectory;
  readonly now: () => Date;
}

type Lookup = readonly [ResolvedPrincipal['rung'], () => Promise<PrincipalMatch>];

export class PrincipalService {
  constructor(private readonly ports: PrincipalPorts) {}

  /** Does not store the result. */
  async resolve(key: DirectoryKey, subject: Subject, of: Person | Group): Promise<Resolution> {
    const before = await this.ports.assignmentStore.getPrincipal(key, subject);
    const known = knownPrincipal(of);
    if (known) return { principal: keepPresence(known, before), before };
    // A name that a leaver gets may be another person's: the object that had access has left.
    const isKept = before?.state === 'resolved' && before.source === sourceOf(of);
    const hasLeft = before?.state === 'resolved' && 'active' in of && !of.active;
    if (isKept || hasLeft) return { principal: before, before };
    return { before, ...(await this.lookUp(key.tenantId, of, before)) };
  }

  /** The principal of a user that does not exist any more, and of which none is stored. */
  async find(tenantId: string, of: Identity): Promise<Omit<Resolution, 'before'>> {
    const known = knownPrincipal(of);
    return known ? { principal: known } : this.lookUp(tenantId, of, undefined);
  }

  private async lookUp(
    tenantId: string,
    of: Identity | Group,
    before: PrincipalState | undefined,
  ): Promise<Omit<Resolution, 'before'>> {
    const source = sourceOf(of);
    let reason: PendingPrincipal['reason'] = 'missing';
    for (const [rung, find] of this.rungsOf(tenantId, of)) {
      const match = await find();
      if (match.outcome === 'found')
        return { principal: keepPresence(resolved(match.objectId, rung, source), before) };
      // A rung that could not be asked must not be passed over: a lower one may know another object.
      if (match.outcome !== 'missing') reason = match.outcome;
      if (match.outcome === 'unavailable' || match.outcome === 'not_permitted') {
        const retryAfterMs = 'retryAfterMs' in match ? match.retryAfterMs : undefined;
        return {
          principal: this.pending(reason, source, before),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        };
      }
    }
    return { principal: this.pending(reason, source, before) };
  }

  private rungsOf(tenantId: string, of: Identity | Group): readonly Lookup[] {
    const { principalDirectory: graph } = this.ports;
    if (!('userName' in of))
      return [['group_name', () => graph.findGroupByName(tenantId, of.displayName)]];
    const emails = [...new Set([of.userName, ...of.emails])].filter((text) => text.includes('@'));
    return [
      ['user_name', () => graph.findUserByName(tenantId, of.userName)],
      ...emails
        .slice(0, maxEmails)
        .map((email): Lookup => ['email', () => graph.findUserByEmail(tenantId, email)]),
    ];
  }

  private pending(
    reason: PendingPrincipal['reason'],
    source: string,
    before: PrincipalState | undefined,
  ): PendingPrincipal {
    const since = before?.state === 'pending' ? before.since : this.ports.now().toISOString();
    return { state: 'pending', reason, since, source };
  }
}
