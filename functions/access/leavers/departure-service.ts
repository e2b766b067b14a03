/** Records that a person left or came back, for the refusal of tokens. Asks Azure for nothing. */
import type { ChangedResource, DirectoryKey, DirectoryResource } from '../directory';
import type { ApplyResult } from '../grants/apply-result';
import { principalProblem } from '../grants/apply-result';
import { isAccessRelevant, personOf, type Identity } from '../person';
import type { AssignmentStore, ConnectionLookup, DirectoryReader } from '../ports';
import type { PendingRecordService } from '../principals/pending-record-service';
import { knownPrincipal } from '../principals/principal';
import type { PrincipalService } from '../principals/principal-service';
import type { LeaverCheck } from './leaver-check';
import type { PresenceService } from './presence-service';

interface DeparturePorts {
  readonly directory: () => Pick<DirectoryReader, 'get'>;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly assignmentStore: Pick<AssignmentStore, 'getPrincipal'>;
}

interface DepartureServices {
  readonly principals: PrincipalService;
  readonly pendingRecords: PendingRecordService;
  readonly presence: PresenceService;
  readonly leaverCheck: LeaverCheck;
}

export class DepartureService {
  constructor(
    private readonly ports: DeparturePorts,
    private readonly services: DepartureServices,
  ) {}

  /**
   * Records at once that a person left or came back, without asking Azure. A principal that is not
   * known yet is recorded when the intent is worked on. Another instance may have recorded a later
   * change meanwhile, so the directory has the last word.
   */
  async recordPresence(key: DirectoryKey, { id, before, after }: ChangedResource): Promise<void> {
    const isRecorded = await this.record(key, before, after);
    let recorded = isRecorded ? after : undefined;
    // Each round needs a change that was stored during the one before.
    while (recorded) {
      const current = await this.ports.directory().get(key, 'User', id);
      if (current && !isAccessRelevant(recorded, current)) return;
      await this.record(key, recorded, current, { isOverwritten: true });
      recorded = current;
    }
  }

  /**
   * False if the principal is not known. `isOverwritten`: the list of leavers may say other than the
   * stored principal.
   */
  private async record(
    key: DirectoryKey,
    before: DirectoryResource | undefined,
    after: DirectoryResource | undefined,
    { isOverwritten = false } = {},
  ): Promise<boolean> {
    const latest = after ?? before;
    if (!latest) return false;
    const person = personOf(latest);
    const subject = { kind: 'user', id: person.id } as const;
    const stored = await this.ports.assignmentStore.getPrincipal(key, subject);
    const principal = knownPrincipal(person) ?? stored;
    if (principal?.state !== 'resolved') return false;
    const { presence, ...found } = principal;
    const listed = presence && !isOverwritten ? { ...found, presence } : found;
    const active = after !== undefined && person.active;
    await this.services.presence.record(key, person.id, stored, listed, active);
    this.services.leaverCheck.forget(key.tenantId);
    return true;
  }

  /** Records that a deleted user left, whether or not its object in Entra was ever looked for. */
  async recordLeaver(key: DirectoryKey, { id, ...of }: Identity): Promise<ApplyResult> {
    const { assignmentStore, connections } = this.ports;
    const { principals, pendingRecords, presence, leaverCheck } = this.services;
    const connection = await connections.get(key);
    if (!connection || connection.deletingSince !== undefined) return {};
    const subject = { kind: 'user', id } as const;
    const stored = await assignmentStore.getPrincipal(key, subject);
    const { principal, retryAfterMs } =
      stored?.state === 'resolved'
        ? { principal: stored, retryAfterMs: undefined }
        : await principals.find(key.tenantId, { id, ...of });
    if (principal.state === 'pending') {
      if (principal.reason === 'unavailable') return principalProblem('unavailable', retryAfterMs);
      await pendingRecords.append(key, subject, principal.reason);
    }
    await presence.record(key, id, principal, undefined, false);
    leaverCheck.forget(key.tenantId);
    return {};
  }
}
