/** What a user or group should have now, by the rules of its connection, and as which principal. */
import type { DirectoryKey } from '../directory';
import type { LeaverCheck } from '../leavers/leaver-check';
import type { PresenceService } from '../leavers/presence-service';
import { groupOf, personOf, type Group, type Person } from '../person';
import type { AssignmentStore, ConnectionLookup, DirectoryReader, RuleStore } from '../ports';
import { knownPrincipal, type PrincipalState } from '../principals/principal';
import type { PendingRecordService } from '../principals/pending-record-service';
import type { PrincipalService, Resolution } from '../principals/principal-service';
import { grantsOfGroup, grantsOfPerson, type WantedGrant } from '../rules/effective-grants';
import { effectiveGroups } from '../rules/memberships';
import { noRules } from '../rules/role-rule';
import type { Subject } from './assignment';
import type { PlanInput } from './assignment-plan';

export interface WantedPorts {
  readonly directory: () => DirectoryReader;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly assignmentStore: Pick<
    AssignmentStore,
    'getPrincipal' | 'putPrincipal' | 'deletePrincipal'
  >;
}

interface WantedServices {
  readonly principals: PrincipalService;
  readonly pendingRecords: PendingRecordService;
  readonly presence: PresenceService;
  readonly leaverCheck: LeaverCheck;
}

export type Presence = 'present' | 'left' | 'missing';

export interface Wanted {
  readonly grants: readonly WantedGrant[];
  /** `left`: the user is inactive. `missing`: there is no such user or group. */
  readonly presence: Presence;
  /** Records the principal, and whether the person is present. May ask Entra. */
  findPrincipal(): Promise<WantedPrincipal>;
}

export interface WantedPrincipal {
  readonly principal: PlanInput['principal'];
  readonly pending?: Extract<PrincipalState, { readonly state: 'pending' }>['reason'];
  readonly retryAfterMs?: number;
}

export class WantedService {
  constructor(
    private readonly ports: WantedPorts,
    private readonly services: WantedServices,
  ) {}

  async get(key: DirectoryKey, subject: Subject): Promise<Wanted> {
    const { directory, connections, ruleStore } = this.ports;
    const isUser = subject.kind === 'user';
    const [connection, rules, resource] = await Promise.all([
      connections.get(key),
      ruleStore.get(key),
      directory().get(key, isUser ? 'User' : 'Group', subject.id),
    ]);
    const isOpen = connection !== undefined && connection.deletingSince === undefined;
    if (!resource)
      return {
        grants: [],
        presence: 'missing',
        findPrincipal: () => this.forgetGroup(key, subject),
      };
    const ruleSet = isOpen ? (rules ?? noRules) : noRules;
    if (!isUser) {
      const group = groupOf(resource);
      return this.withPrincipal(key, subject, group, grantsOfGroup(ruleSet, group));
    }
    const person = personOf(resource);
    const groups =
      person.active && ruleSet.rules.length > 0
        ? await effectiveGroups(directory(), key, subject.id)
        : [];
    return this.withPrincipal(key, subject, person, grantsOfPerson(ruleSet, person, groups));
  }

  private withPrincipal(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
    grants: readonly WantedGrant[],
  ): Wanted {
    return {
      grants,
      presence: isPresent(of) ? 'present' : 'left',
      findPrincipal: () => this.findPrincipal(key, subject, of, grants.length > 0),
    };
  }

  /** The intent of a leaver ends what is known of a user. */
  private async forgetGroup(key: DirectoryKey, subject: Subject): Promise<WantedPrincipal> {
    if (subject.kind === 'group') await this.ports.assignmentStore.deletePrincipal(key, subject);
    return { principal: 'unknown' };
  }

  /** Entra is asked only about principals of grants, and about persons who leave. */
  private async findPrincipal(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
    isWanted: boolean,
  ): Promise<WantedPrincipal> {
    const mustKnow = isWanted || !isPresent(of) || (await this.mayHaveReturned(key, of));
    const resolution = mustKnow
      ? await this.services.principals.resolve(key, subject, of)
      : await this.knownOnly(key, subject, of);
    const { principal, before, retryAfterMs } = resolution;
    await this.store(key, subject, of, resolution, isWanted);
    if (!isWanted) {
      const isOpen = principal?.state === 'pending' && principal.reason === 'unavailable';
      return {
        principal: 'unknown',
        ...(isOpen && { pending: 'unavailable' }),
        ...(isOpen && retryAfterMs !== undefined && { retryAfterMs }),
      };
    }
    if (principal?.state === 'resolved') return { principal: { id: principal.objectId } };
    const reason = principal?.reason ?? 'missing';
    const undecided = reason === 'unavailable' || reason === 'not_permitted';
    if (before?.state !== 'pending')
      await this.services.pendingRecords.append(key, subject, reason);
    return {
      principal: undecided ? 'undecided' : 'unknown',
      pending: reason,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  /** A person who was deleted and is pushed anew is another user: the list of leavers must know. */
  private async mayHaveReturned({ tenantId }: DirectoryKey, of: Person | Group): Promise<boolean> {
    if (!('active' in of) || knownPrincipal(of)) return false;
    return this.services.leaverCheck.hasLeavers(tenantId);
  }

  private async knownOnly(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
  ): Promise<Partial<Resolution>> {
    const before = await this.ports.assignmentStore.getPrincipal(key, subject);
    const known = knownPrincipal(of);
    if (known && before?.state === 'resolved' && before.objectId === known.objectId)
      return { before, principal: { ...before, ...known } };
    const principal = known ?? (before?.state === 'resolved' ? before : undefined);
    return { before, ...(principal && { principal }) };
  }

  private async store(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
    { before, principal }: Partial<Resolution>,
    isWanted: boolean,
  ): Promise<void> {
    const { assignmentStore } = this.ports;
    // A person without grants does not wait for a principal.
    const kept = principal?.state === 'pending' && !isWanted ? undefined : principal;
    if (!kept) {
      if (before?.state === 'pending') await assignmentStore.deletePrincipal(key, subject);
      return;
    }
    if ('active' in of)
      await this.services.presence.record(key, subject.id, before, kept, of.active);
    else if (JSON.stringify(before) !== JSON.stringify(kept))
      await assignmentStore.putPrincipal(key, subject, kept);
  }
}

const isPresent = (of: Person | Group): boolean => !('active' in of) || of.active;
