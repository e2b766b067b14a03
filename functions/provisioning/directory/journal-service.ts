/**
 * Completes work that exceeds one transaction. Each step compares what is wanted with what is stored,
 * so a journal may be completed several times and by several workers at once.
 */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { StaleError } from '../../errors/app-error';
import { throwFirst } from '../../errors/own-failure';
import { updateRow } from '../../storage/update-row';
import type { DirectoryStore } from '../ports';
import type { CommitService } from './commit-service';
import {
  changeTimeAfter,
  type DirectoryKey,
  type DirectoryMember,
  type StoredResource,
} from './directory';
import { membersPerTransaction } from './membership-plan';
import type { Journal, MembershipJournal, RemovalJournal } from './journal';
import type { MembershipService } from './membership-service';

const pageSize = 1_000;
const concurrentTransactions = 4;

/** Another worker has completed the journal. */
class JournalGone extends Error {}

export class JournalService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly commits: CommitService,
    private readonly membership: MembershipService,
    private readonly now: () => Date,
  ) {}

  /** The group after its pending change of members, if there is one. Undefined if it is gone. */
  async settled(key: DirectoryKey, group: StoredResource): Promise<StoredResource | undefined> {
    const { id, pendingJournal } = group;
    if (pendingJournal === undefined) return group;
    const journal = await this.store.getJournal(key, pendingJournal);
    if (journal) await this.complete(key, journal);
    return this.store.get(key, 'Group', id);
  }

  /**
   * Completes what interrupted requests of the connection left. Returns the number of journals. One
   * that fails does not keep the others waiting; its error is thrown in the end.
   */
  async completeAll(key: DirectoryKey, createdBefore: Date): Promise<number> {
    const limit = createdBefore.toISOString();
    const pending = (await this.store.listJournals(key)).filter(({ at }) => at < limit);
    const failures: unknown[] = [];
    for (const journal of pending)
      await this.complete(key, journal).catch((error: unknown) => failures.push(error));
    throwFirst(failures);
    return pending.length;
  }

  async complete(key: DirectoryKey, journal: Journal): Promise<void> {
    try {
      if (journal.kind === 'membership') await this.completeMembership(key, journal);
      else await this.completeRemoval(key, journal);
    } catch (error) {
      if (error instanceof JournalGone) return;
      if (error instanceof StaleError && !(await this.store.getJournal(key, journal.id))) return;
      throw error;
    }
  }

  private async completeMembership(key: DirectoryKey, journal: MembershipJournal): Promise<void> {
    const { groupId } = journal;
    const kept = new Set(journal.add.map(({ id }) => id));
    if (journal.clear)
      await this.eachPage(key, groupId, (members) =>
        this.removeMembers(
          key,
          journal,
          groupId,
          members.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
        ),
      );
    await this.removeMembers(key, journal, groupId, journal.remove);
    await this.inTransactions(journal.add, (members) => this.addMembers(key, journal, members));
    await this.endMembership(key, journal);
  }

  private async endMembership(key: DirectoryKey, journal: MembershipJournal): Promise<void> {
    await updateRow(
      () => this.store.get(key, 'Group', journal.groupId),
      (group) => async () => {
        if (group && group.pendingJournal !== journal.id) throw new JournalGone();
        if (!group) return this.end(key, journal);
        const { pendingJournal: _done, ...others } = group;
        const after = {
          ...others,
          version: group.version + 1,
          lastModifiedAt: changeTimeAfter(group, this.now()),
        };
        await this.commits.commit(key, journal.origin, {
          resource: { before: group, after },
          deleteJournal: journal.id,
        });
      },
    );
  }

  private async completeRemoval(key: DirectoryKey, journal: RemovalJournal): Promise<void> {
    const { resourceId, type } = journal;
    if (type === 'Group')
      await this.eachPage(key, resourceId, (members) =>
        this.removeMembers(
          key,
          journal,
          resourceId,
          members.map(({ id }) => id),
        ),
      );
    const groupIds = (await this.store.groupIdsOf(key, [resourceId])).get(resourceId) ?? [];
    await mapConcurrently(groupIds, concurrentTransactions, (groupId) =>
      this.leave(key, journal, groupId),
    );
    await this.end(key, journal);
  }

  private async end(key: DirectoryKey, journal: Journal): Promise<void> {
    await this.commits.commit(key, journal.origin, { deleteJournal: journal.id });
  }

  /** The version of a group changes with its members. */
  private leave(key: DirectoryKey, journal: RemovalJournal, groupId: string): Promise<void> {
    return this.step(
      key,
      journal,
      async () => {
        const found = await this.store.get(key, 'Group', groupId);
        const group = found && (await this.settled(key, found));
        const members = await this.store.getMembers(key, groupId, [journal.resourceId]);
        return { group, remove: members.map((member) => ({ ...member, isDeleted: true })) };
      },
      ({ group, remove }) =>
        remove.length > 0 && {
          members: { groupId, add: [], remove },
          whileJournal: journal.id,
          ...(group && {
            resource: {
              before: group,
              after: {
                ...group,
                version: group.version + 1,
                lastModifiedAt: changeTimeAfter(group, this.now()),
              },
            },
          }),
        },
    );
  }

  private removeMembers(
    key: DirectoryKey,
    journal: Journal,
    groupId: string,
    ids: readonly string[],
  ): Promise<void> {
    return this.inTransactions(ids, (part) =>
      this.step(
        key,
        journal,
        async (attempt) => {
          const members = await this.store.getMembers(key, groupId, part);
          return this.membership.withDeletions(key, members, attempt);
        },
        (remove) =>
          remove.length > 0 && {
            members: { groupId, add: [], remove },
            whileJournal: journal.id,
          },
      ),
    );
  }

  /** A user that was deleted in the meantime is left out, and so are all after a deletion of the group. */
  private addMembers(
    key: DirectoryKey,
    journal: MembershipJournal,
    members: readonly DirectoryMember[],
  ): Promise<void> {
    const { groupId } = journal;
    const idsOf = (type: DirectoryMember['type']) =>
      members.filter((member) => member.type === type).map(({ id }) => id);
    return this.step(
      key,
      journal,
      async (attempt) => {
        const present = await this.store.getMembers(key, groupId, [
          ...idsOf('User'),
          ...idsOf('Group'),
        ]);
        const existing =
          attempt === 1
            ? undefined
            : await Promise.all(
                (['User', 'Group'] as const).map((type) =>
                  this.store.getMany(key, type, idsOf(type)),
                ),
              );
        if (attempt > 1 && !(await this.store.get(key, 'Group', groupId))) return [];
        const isPresent = new Set(present.map(({ id }) => id));
        const exists = existing && new Set(existing.flat().map(({ id }) => id));
        return members.filter(({ id }) => !isPresent.has(id) && (!exists || exists.has(id)));
      },
      (add) =>
        add.length > 0 && { members: { groupId, add, remove: [] }, whileJournal: journal.id },
    );
  }

  /** Reads and commits again while other writers are faster. No work: nothing to do. */
  private step<Read>(
    key: DirectoryKey,
    journal: Journal,
    read: (attempt: number) => Promise<Read>,
    workOf: (read: Read) => Parameters<CommitService['commit']>[2] | false,
  ): Promise<void> {
    return updateRow(
      async (attempt) => {
        if (attempt > 1 && !(await this.store.getJournal(key, journal.id))) throw new JournalGone();
        return read(attempt);
      },
      (state) => async () => {
        const work = workOf(state);
        if (work) await this.commits.commit(key, journal.origin, work);
      },
    );
  }

  private async inTransactions<T>(
    items: readonly T[],
    work: (part: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const parts = Array.from({ length: Math.ceil(items.length / membersPerTransaction) }, (_, n) =>
      items.slice(n * membersPerTransaction, (n + 1) * membersPerTransaction),
    );
    await mapConcurrently(parts, concurrentTransactions, work);
  }

  private async eachPage(
    key: DirectoryKey,
    groupId: string,
    work: (members: readonly DirectoryMember[]) => Promise<void>,
  ): Promise<void> {
    let continuation: string | undefined;
    do {
      const page = await this.store.listMembers(key, groupId, {
        limit: pageSize,
        ...(continuation !== undefined && { continuation }),
      });
      await work(page.items);
      ({ continuation } = page);
    } while (continuation !== undefined);
  }
}
