/** Commits a change together with what follows from it: intents of access rules and the audit record. */
import type { AttachedRow, ChangedMember, DirectoryChange } from '../../access/directory';
import { changesBetween, type AttributeChange } from '../../scim/changes';
import { isActive } from '../../scim/resource';
import type { AccessHook, AuditHook, DirectoryStore, DirectoryWrite } from '../ports';
import type { ChangeOrigin, ProvisioningAction, ProvisioningRecord } from '../provisioning-record';
import {
  changeTimeAfter,
  typeOf,
  uniqueNameOf,
  type DirectoryKey,
  type DirectoryMember,
  type StoredResource,
} from './directory';
import type { GroupReferences } from './group-references';

export interface Hooks {
  readonly access?: AccessHook;
  readonly audit?: AuditHook;
}

/** Earlier versions stored no status in journals, whose requests were answered like this. */
const statusOfJournals = 204;

/** A DirectoryWrite without what follows from it. */
export type DirectoryWork = Omit<DirectoryWrite, 'attached'>;

export class CommitService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly groupReferences: GroupReferences,
    private readonly hooks: () => Hooks,
    private readonly now: () => Date,
  ) {}

  /**
   * Throws what DirectoryStore.commit throws. What follows the change is waited for, unless the
   * caller takes it as `later`.
   */
  async commit(
    key: DirectoryKey,
    origin: ChangeOrigin,
    work: DirectoryWork,
    later?: DirectoryChange[],
  ): Promise<StoredResource | undefined> {
    const { access } = this.hooks();
    const change = toChange(key, work);
    const stored = await this.store.commit(key, {
      ...work,
      attached: [...(access?.intentsOf(change) ?? []), ...this.auditRows(key, origin, work)],
    });
    for (const { id } of change.groups) this.groupReferences.forget(key, id);
    if (later) later.push(change);
    else await access?.afterChange(change);
    return stored;
  }

  /** Never throws. */
  async follow(changes: readonly DirectoryChange[]): Promise<void> {
    for (const change of changes) await this.hooks().access?.afterChange(change);
  }

  private auditRows(
    { tenantId, connectionId }: DirectoryKey,
    origin: ChangeOrigin,
    work: DirectoryWork,
  ): readonly AttachedRow[] {
    const { audit } = this.hooks();
    const action = actionOf(work);
    if (!audit || !action) return [];
    const { before, after } = work.resource ?? {};
    const resource = after ?? before;
    const { members } = work;
    const record: ProvisioningRecord = {
      ...origin,
      at: this.timeOf(work),
      tenantId,
      connectionId,
      action,
      resource: resource
        ? { type: resource.type, id: resource.id, name: uniqueNameOf(resource) }
        : { type: 'Group', ...(members && { id: members.groupId }) },
      changes: attributeChanges(work),
      ...(members && {
        members: {
          added: members.add.map(({ id }) => id),
          removed: members.remove.map(({ id }) => id),
        },
      }),
      status: origin.status ?? statusOfJournals,
    };
    return [audit.rowOf(record)];
  }

  private timeOf({ resource: { before, after } = {} }: DirectoryWork): string {
    if (after) return after.lastModifiedAt;
    return before ? changeTimeAfter(before, this.now()) : this.now().toISOString();
  }
}

/** A group whose version alone changes is left out. */
function toChange(key: DirectoryKey, work: DirectoryWork): DirectoryChange {
  const { resource, members } = work;
  const { before, after } = resource ?? {};
  const { id, type } = after ?? before ?? {};
  const isReal = id !== undefined && (!before || !after || attributeChanges(work).length > 0);
  const changed = isReal ? [{ id, ...(before && { before }), ...(after && { after }) }] : [];
  return {
    key,
    users: type === 'User' ? changed : [],
    groups: type === 'Group' ? changed : [],
    members: members
      ? [
          ...members.add.map((member) => toChangedMember(members.groupId, member, 'added')),
          ...members.remove.map((member) => toChangedMember(members.groupId, member, 'removed')),
        ]
      : [],
  };
}

const toChangedMember = (
  groupId: string,
  { id, type }: DirectoryMember,
  effect: ChangedMember['effect'],
): ChangedMember => ({ groupId, memberId: id, memberType: type, effect });

function attributeChanges({ resource }: DirectoryWork): readonly AttributeChange[] {
  const { before, after } = resource ?? {};
  const changed = after ?? before;
  if (!changed) return [];
  return changesBetween(typeOf(changed), before?.attributes ?? {}, after?.attributes ?? {});
}

/** Undefined for a step of a larger change that changes nothing by itself. */
function actionOf(work: DirectoryWork): ProvisioningAction | undefined {
  const { before, after } = work.resource ?? {};
  const isUser = (after ?? before)?.type === 'User';
  if (after && !before) return isUser ? 'user.created' : 'group.created';
  if (before && !after) return isUser ? 'user.deleted' : 'group.deleted';
  if (before && after && isUser) {
    if (isActive(before.attributes) === isActive(after.attributes)) return 'user.changed';
    return isActive(after.attributes) ? 'user.reactivated' : 'user.deactivated';
  }
  if (before && attributeChanges(work).length > 0) return 'group.changed';
  return work.members ? 'group.members_changed' : undefined;
}
