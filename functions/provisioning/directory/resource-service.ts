/** Creates, replaces, patches and deletes users and groups (RFC 7644 sections 3.3 to 3.6). */
import type { DirectoryChange } from '../../access/directory';
import { ConflictError, TooLargeError } from '../../errors/app-error';
import { namesVersion } from '../../scim/etag';
import { changesBetween } from '../../scim/changes';
import { hasNoMemberChanges, type MemberChanges } from '../../scim/member-changes';
import { locationOf, type Attributes, type Member } from '../../scim/resource';
import type { ResourceType } from '../../scim/schema/resource-type';
import { ScimError } from '../../scim/scim-error';
import { updateRow } from '../../storage/update-row';
import type { DirectoryStore } from '../ports';
import type { CommitService, Hooks } from './commit-service';
import {
  changeTimeAfter,
  isResourceId,
  typeOf,
  uniqueAttributeOf,
  uniqueNameOf,
  type DirectoryKey,
  type DirectoryResource,
  type StoredResource,
} from './directory';
import type { GroupIdCache } from './group-id-cache';
import type { MembershipJournal, RemovalJournal } from './journal';
import type { JournalService } from './journal-service';
import { fitsTransaction, isEmptyPlan, likelyPlan, type MembershipPlan } from './membership-plan';
import type { MembershipService } from './membership-service';
import type { ScimContext } from './scim-context';
import { Turns } from './turns';

/** What a request makes of the attributes, and what it changes in the members of a group. */
export interface Revision {
  readonly attributes: Attributes;
  readonly members?: MemberChanges;
}

interface PlannedRevision {
  readonly current: StoredResource;
  readonly attributes: Attributes;
  readonly isChanged: boolean;
  readonly plan: MembershipPlan;
}

const noMembers: MembershipPlan = { add: [], remove: [], clear: false };

export class ResourceService {
  /** Requests for one resource wait for each other, which costs less than repeated conflicts. */
  private readonly turns = new Turns();

  constructor(
    private readonly store: DirectoryStore,
    private readonly commits: CommitService,
    private readonly membership: MembershipService,
    private readonly journals: JournalService,
    private readonly groupIds: GroupIdCache,
    private readonly hooks: () => Hooks,
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  /** Throws ScimError `notFound`. */
  async get({ key }: ScimContext, type: ResourceType, id: string): Promise<StoredResource> {
    const resource = isResourceId(id) ? await this.store.get(key, type.name, id) : undefined;
    if (!resource)
      throw new ScimError('notFound', `There is no ${type.name} with this id. Check the id.`, 'id');
    return resource;
  }

  /** Throws ScimError `uniqueness` for a userName or displayName of another resource. */
  async create(
    context: ScimContext,
    type: ResourceType,
    attributes: Attributes,
    members: readonly Member[] = [],
  ): Promise<StoredResource> {
    const { key, origin } = context;
    const at = this.now().toISOString();
    const created: DirectoryResource = {
      type: type.name,
      id: this.newId(),
      attributes,
      createdAt: at,
      lastModifiedAt: at,
      version: 1,
    };
    const add = new Map(members.map((member) => [member.value, member]));
    const changes = { clear: false, add, remove: new Set<string>(), removeMatching: [] };
    const plan = await this.membership.plan(key, created.id, changes);
    const journal = fitsTransaction(plan) ? undefined : this.journalOf(context, created.id, plan);
    const after = { ...created, ...(journal && { pendingJournal: journal.id }) };
    const stored = await this.commits
      .commit(key, origin, {
        resource: { after },
        ...(journal
          ? { putJournal: journal }
          : plan.add.length > 0 && { members: { groupId: created.id, ...plan } }),
      })
      .catch((error: unknown) => this.explain(context, after, error));
    if (stored && type.name === 'User') this.groupIds.set(key, stored, []);
    if (!journal) return stored!;
    await this.journals.complete(key, journal);
    return this.get(context, type, created.id);
  }

  /**
   * `revise` sees the stored version and is called again if another request was faster. A revision
   * without effect stores nothing. Throws what `revise` throws, ScimError `versionMismatch` unless
   * `ifMatch` names the version, ScimError `uniqueness`.
   */
  change(
    context: ScimContext,
    type: ResourceType,
    id: string,
    ifMatch: string | undefined,
    revise: (current: StoredResource) => Revision,
  ): Promise<StoredResource> {
    return this.inTurn(context, id, (later) =>
      updateRow(
        async (attempt) => {
          const current = await this.settled(context, type, id);
          assertVersion(current, ifMatch);
          return this.plan(context, type, current, revise(current), attempt);
        },
        (planned) => () => this.write(context, type, planned, later),
      ),
    );
  }

  /** Throws ScimError `notFound`, also for the second of two requests. */
  async delete(
    context: ScimContext,
    type: ResourceType,
    id: string,
    ifMatch: string | undefined,
  ): Promise<void> {
    const { key, origin } = context;
    const journal: RemovalJournal = {
      ...this.newJournal(context),
      kind: 'removal',
      type: type.name,
      resourceId: id,
    };
    await this.inTurn(context, id, (later) =>
      updateRow(
        async () => {
          const before = await this.settled(context, type, id);
          assertVersion(before, ifMatch);
          return before;
        },
        (before) => () =>
          this.commits.commit(key, origin, { resource: { before }, putJournal: journal }, later),
      ),
    );
    await this.journals.complete(key, journal);
  }

  private async plan(
    { key }: ScimContext,
    type: ResourceType,
    current: StoredResource,
    { attributes, members }: Revision,
    attempt: number,
  ): Promise<PlannedRevision> {
    return {
      current,
      attributes,
      isChanged: changesBetween(type, current.attributes, attributes).length > 0,
      plan: await this.planMembers(key, current.id, members, attempt),
    };
  }

  /** The first attempt reads nothing if the change is a likely one. */
  private async planMembers(
    key: DirectoryKey,
    groupId: string,
    members: MemberChanges | undefined,
    attempt: number,
  ): Promise<MembershipPlan> {
    if (members === undefined || hasNoMemberChanges(members)) return noMembers;
    const likely = attempt === 1 ? likelyPlan(members) : undefined;
    return likely ?? this.membership.plan(key, groupId, members, attempt);
  }

  private async write(
    context: ScimContext,
    type: ResourceType,
    { current, attributes, isChanged, plan }: PlannedRevision,
    later: DirectoryChange[],
  ): Promise<StoredResource> {
    const { key, origin } = context;
    if (!isChanged && isEmptyPlan(plan)) {
      await this.recordUnchanged(context, current);
      return current;
    }
    const revised: DirectoryResource = {
      ...current,
      attributes,
      version: current.version + 1,
      lastModifiedAt: changeTimeAfter(current, this.now()),
    };
    if (fitsTransaction(plan)) {
      const stored = await this.commits
        .commit(
          key,
          origin,
          {
            resource: { before: current, after: revised },
            ...(!isEmptyPlan(plan) && { members: { groupId: current.id, ...plan } }),
          },
          later,
        )
        .catch((error: unknown) => this.explain(context, revised, error));
      if (type.name === 'User') this.groupIds.carryOver(key, current, stored!);
      return stored!;
    }
    const journal = this.journalOf(context, current.id, plan);
    const after = { ...(isChanged ? revised : current), pendingJournal: journal.id };
    await this.commits
      .commit(key, origin, { resource: { before: current, after }, putJournal: journal })
      .catch((error: unknown) => this.explain(context, after, error));
    await this.journals.complete(key, journal);
    return this.get(context, type, current.id);
  }

  private async settled(
    context: ScimContext,
    type: ResourceType,
    id: string,
  ): Promise<StoredResource> {
    const found = await this.get(context, type, id);
    return (await this.journals.settled(context.key, found)) ?? this.get(context, type, id);
  }

  private newJournal({ origin }: ScimContext) {
    return { id: this.newId(), at: this.now().toISOString(), origin };
  }

  private journalOf(
    context: ScimContext,
    groupId: string,
    { add, remove, clear }: MembershipPlan,
  ): MembershipJournal {
    return {
      ...this.newJournal(context),
      kind: 'membership',
      groupId,
      clear,
      add,
      remove: remove.map(({ id }) => id),
    };
  }

  /** The owner of the value may be gone already; the request is then refused all the same. */
  private async explain(
    { key, baseUrl }: ScimContext,
    resource: DirectoryResource,
    error: unknown,
  ): Promise<never> {
    if (error instanceof TooLargeError)
      throw new ScimError('tooLarge', error.message, undefined, { cause: error });
    if (!(error instanceof ConflictError)) throw error;
    const { type } = resource;
    const attribute = uniqueAttributeOf(type);
    const [owner] = await this.store.find(key, type, attribute, uniqueNameOf(resource));
    const location = owner && locationOf(typeOf(owner), owner.id, baseUrl);
    throw new ScimError(
      'uniqueness',
      `${attribute} is taken${location === undefined ? '' : ` by ${location}`}. Choose another value.`,
      attribute,
      { cause: error },
    );
  }

  private async recordUnchanged(
    { key, origin }: ScimContext,
    { type, id }: StoredResource,
  ): Promise<void> {
    await this.hooks().audit?.append({
      ...origin,
      ...key,
      at: this.now().toISOString(),
      action: 'request.unchanged',
      resource: { type, id },
      changes: [],
    });
  }

  /** The next request for the resource does not wait for what follows the change of this one. */
  private async inTurn<T>(
    { key }: ScimContext,
    id: string,
    work: (later: DirectoryChange[]) => Promise<T>,
  ): Promise<T> {
    const later: DirectoryChange[] = [];
    const subject = `${key.tenantId}|${key.connectionId}|${id}`;
    const result = await this.turns.take(subject, () => work(later));
    await this.commits.follow(later);
    return result;
  }
}

function assertVersion({ version }: StoredResource, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && !namesVersion(ifMatch, version))
    throw new ScimError(
      'versionMismatch',
      'The resource has another version. Read it again and repeat the request.',
    );
}
