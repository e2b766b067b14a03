/** Who has what, since when and why; what is pending, and what drifted. */
import { mapConcurrently } from '../concurrency/map-concurrently';
import type { Page, PageRequest } from '../storage/page';
import { assertConnection } from './connection';
import type { DirectoryKey } from './directory';
import type { AccessStatus, NamedSubject, ReportedGrant } from './access-report';
import type { Subject } from './grants/assignment';
import { groupOf, personOf } from './person';
import { isHoldOver } from './intents/breaker';
import type { AssignmentStore, ConnectionLookup, DirectoryReader, IntentStore } from './ports';

interface ReportPorts {
  readonly directory: () => DirectoryReader;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly assignmentStore: AssignmentStore;
  readonly intentStore: Pick<IntentStore, 'count'>;
  readonly now: () => Date;
}

const maxConcurrentReads = 16;
/** Pending principals that are listed. */
export const maxPendingListed = 100;

export class AccessReportService {
  constructor(private readonly ports: ReportPorts) {}

  async listGrants(key: DirectoryKey, page: PageRequest): Promise<Page<ReportedGrant>> {
    await assertConnection(this.ports.connections, key);
    const { items, continuation } = await this.ports.assignmentStore.list(key, page);
    const names = new Map<string, Promise<NamedSubject>>();
    const nameOf = (subject: Subject) => {
      const id = `${subject.kind}|${subject.id}`;
      const known = names.get(id) ?? this.nameOf(key, subject);
      names.set(id, known);
      return known;
    };
    const grants = await mapConcurrently(items, maxConcurrentReads, async (assignment) => ({
      assignment,
      subject: await nameOf(assignment.subject),
    }));
    return { items: grants, ...(continuation !== undefined && { continuation }) };
  }

  async status(key: DirectoryKey): Promise<AccessStatus> {
    await assertConnection(this.ports.connections, key);
    const { assignmentStore, intentStore } = this.ports;
    const [intents, pending, breaker, drift] = await Promise.all([
      intentStore.count(key),
      assignmentStore.listPendingPrincipals(key, maxPendingListed),
      assignmentStore.getBreaker(key),
      assignmentStore.getDrift(key),
    ]);
    const pendingPrincipals = await mapConcurrently(
      pending,
      maxConcurrentReads,
      async (principal) => ({
        ...principal,
        subject: await this.nameOf(key, principal.subject),
      }),
    );
    const isShown = breaker && !isHoldOver(breaker, intents.held > 0, this.ports.now());
    return { intents, pendingPrincipals, ...(isShown && { breaker }), ...(drift && { drift }) };
  }

  private async nameOf(key: DirectoryKey, { kind, id }: Subject): Promise<NamedSubject> {
    const type = kind === 'user' ? 'User' : 'Group';
    const resource = await this.ports.directory().get(key, type, id);
    if (!resource) return { kind, id };
    const name = kind === 'user' ? personOf(resource).userName : groupOf(resource).displayName;
    return { kind, id, name };
  }
}
