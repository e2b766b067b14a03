/** Who has what, since when and why; what is pending, and what drifted. */
import { mapConcurrently } from '../concurrency/map-concurrently';
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import type { DirectoryKey } from './directory';
import type { OwnedAssignment, Subject } from './grants/assignment';
import type { DriftReport } from './grants/drift';
import type { BreakerState } from './intents/breaker';
import { groupOf, personOf } from './person';
import type {
  AssignmentStore,
  ConnectionLookup,
  DirectoryReader,
  IntentCounts,
  IntentStore,
} from './ports';
import type { PendingPrincipal } from './principals/principal';

export interface NamedSubject extends Subject {
  /** userName or displayName. Absent if the user or group is deleted. */
  readonly name?: string;
}

export interface ReportedGrant {
  readonly assignment: OwnedAssignment;
  readonly subject: NamedSubject;
}

export interface AccessStatus {
  readonly intents: IntentCounts;
  readonly pendingPrincipals: readonly (PendingPrincipal & { readonly subject: NamedSubject })[];
  readonly breaker?: BreakerState;
  readonly drift?: DriftReport;
}

interface ReportPorts {
  readonly directory: () => DirectoryReader;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly assignmentStore: AssignmentStore;
  readonly intentStore: Pick<IntentStore, 'count'>;
}

const maxConcurrentReads = 16;
/** Pending principals that are listed. */
export const maxPendingListed = 100;

export class AccessReportService {
  constructor(private readonly ports: ReportPorts) {}

  async listGrants(key: DirectoryKey, page: PageRequest): Promise<Page<ReportedGrant>> {
    await this.assertConnection(key);
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
    await this.assertConnection(key);
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
    return { intents, pendingPrincipals, ...(breaker && { breaker }), ...(drift && { drift }) };
  }

  private async nameOf(key: DirectoryKey, { kind, id }: Subject): Promise<NamedSubject> {
    const type = kind === 'user' ? 'User' : 'Group';
    const resource = await this.ports.directory().get(key, type, id);
    if (!resource) return { kind, id };
    const name = kind === 'user' ? personOf(resource).userName : groupOf(resource).displayName;
    return { kind, id, name };
  }

  async assertConnection(key: DirectoryKey): Promise<void> {
    if (await this.ports.connections.get(key)) return;
    throw new NotFoundError(
      'access_not_found',
      'There is no provisioning connection with this id. Check the id.',
    );
  }
}
