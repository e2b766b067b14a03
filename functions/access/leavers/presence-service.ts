/** Keeps the list of persons who left, by their object id in Entra. */
import type { DirectoryKey } from '../directory';
import type { AssignmentStore, LeaverStore } from '../ports';
import type { PrincipalState } from '../principals/principal';

interface PresencePorts {
  readonly leaverStore: LeaverStore;
  readonly assignmentStore: Pick<AssignmentStore, 'putPrincipal' | 'deletePrincipal'>;
}

export class PresenceService {
  constructor(private readonly ports: PresencePorts) {}

  /**
   * Records whether the person of a user is active, and the principal itself. Changes nothing if it
   * is recorded already. `undefined`: the user is deleted.
   */
  async record(
    key: DirectoryKey,
    userId: string,
    before: PrincipalState | undefined,
    principal: PrincipalState | undefined,
    active: boolean,
  ): Promise<void> {
    const { leaverStore, assignmentStore } = this.ports;
    const subject = { kind: 'user', id: userId } as const;
    const earlier = before?.state === 'resolved' ? before : undefined;
    if (principal === undefined) {
      // The person stays a leaver under the last known object id.
      if (earlier) await leaverStore.put(key, userId, earlier.objectId, 'left');
      if (before) await assignmentStore.deletePrincipal(key, subject);
      return;
    }
    if (principal.state === 'pending') {
      if (JSON.stringify(before) !== JSON.stringify(principal))
        await assignmentStore.putPrincipal(key, subject, principal);
      if (earlier?.presence) await leaverStore.deleteUser(key, userId, earlier.objectId);
      return;
    }
    const presence = active ? 'active' : 'left';
    if (earlier && earlier.objectId !== principal.objectId)
      await leaverStore.deleteUser(key, userId, earlier.objectId);
    if (principal.presence !== presence) {
      const replaces = principal.presence !== undefined;
      await leaverStore.put(key, userId, principal.objectId, presence, replaces);
    }
    const after = { ...principal, presence } as const;
    if (JSON.stringify(before) !== JSON.stringify(after))
      await assignmentStore.putPrincipal(key, subject, after);
  }
}
