import type { AttachedRow, DirectoryChange } from '../access/directory';
import type { AuditTrail } from '../audit/ports';
import type { OutboxMessage } from '../events/ports';
import type { ResourceTypeName } from '../scim/schema/resource-type';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { ProvisioningConnection } from './connections/connection';
import type { TokenUse } from './connections/token';
import type {
  DirectoryKey,
  DirectoryMember,
  DirectoryResource,
  RemovedMember,
  StoredResource,
} from './directory/directory';
import type { Journal } from './directory/journal';
import type { LoggedRequest } from './request-log/logged-request';

/** Attributes that a store finds without reading all resources. `userName` and `displayName` are unique. */
export type IndexedAttribute = 'userName' | 'displayName' | 'externalId';

/**
 * Everything that one transaction changes in a directory. Absent parts stay as they are. The etag of
 * a user or group changes whenever it enters or leaves a group, so an etag names a state of its
 * groups as well.
 */
export interface DirectoryWrite {
  /** Without `before` a resource is created, without `after` it is deleted. */
  readonly resource?: { readonly before?: StoredResource; readonly after?: DirectoryResource };
  /** Members to add must exist and must not be in the group; those to remove must be in it. */
  readonly members?: {
    readonly groupId: string;
    readonly add: readonly DirectoryMember[];
    readonly remove: readonly RemovedMember[];
  };
  readonly putJournal?: Journal;
  /** Throws StaleError if this journal does not exist any more. */
  readonly whileJournal?: string;
  readonly deleteJournal?: string;
  readonly attached: readonly AttachedRow[];
}

/** One partition per connection. Resources that reference each other change in one transaction. */
export interface DirectoryStore {
  get(key: DirectoryKey, type: ResourceTypeName, id: string): Promise<StoredResource | undefined>;
  /** Missing ones are left out. In the order of `ids`. */
  getMany(
    key: DirectoryKey,
    type: ResourceTypeName,
    ids: readonly string[],
  ): Promise<readonly StoredResource[]>;
  /** All with this value of an indexed attribute, without case for unique ones. */
  find(
    key: DirectoryKey,
    type: ResourceTypeName,
    attribute: IndexedAttribute,
    value: string,
  ): Promise<readonly StoredResource[]>;
  /** Ids of all resources with this externalId, which may be many. */
  idsByExternalId(
    key: DirectoryKey,
    type: ResourceTypeName,
    externalId: string,
  ): Promise<readonly string[]>;
  /** In the order of creation. `continuation` is the id after which the page begins. */
  list(key: DirectoryKey, type: ResourceTypeName, page: PageRequest): Promise<Page<StoredResource>>;
  /** Ids of all resources of the type, or of those that sort after an id, in the order of creation. */
  listIds(key: DirectoryKey, type: ResourceTypeName, after?: string): Promise<readonly string[]>;
  /** A text that changes with each deletion of a resource of the type. Undefined before the first. */
  getDeletions(key: DirectoryKey, type: ResourceTypeName): Promise<string | undefined>;
  /** Rows of members, also of those that are being deleted. `continuation` is a member id. */
  listMembers(
    key: DirectoryKey,
    groupId: string,
    page: PageRequest,
  ): Promise<Page<DirectoryMember>>;
  /** The members among `ids`. */
  getMembers(
    key: DirectoryKey,
    groupId: string,
    ids: readonly string[],
  ): Promise<readonly DirectoryMember[]>;
  /**
   * Ids of the groups of each member, also of groups that are being deleted. Members without a group
   * are left out.
   */
  groupIdsOf(
    key: DirectoryKey,
    memberIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  getJournal(key: DirectoryKey, journalId: string): Promise<Journal | undefined>;
  /** Oldest first. Their number is small. */
  listJournals(key: DirectoryKey): Promise<readonly Journal[]>;
  /** Ids of deleted resources whose memberships are not removed yet. */
  listRemovals(key: DirectoryKey): Promise<ReadonlySet<string>>;
  /**
   * One transaction. Returns the resource after it, if it has one. Throws ConflictError
   * `directory_value_taken` if another resource has the unique value, StaleError if what was read
   * has changed, TooLargeError for a resource that does not fit into a row.
   */
  commit(key: DirectoryKey, write: DirectoryWrite): Promise<StoredResource | undefined>;
  /** Deletes all rows but those of the audit trail. Safe to repeat. */
  purge(key: DirectoryKey): Promise<void>;
}

/** `events` are stored in the transaction of the change. */
export interface ConnectionStore {
  get(key: DirectoryKey): Promise<Stored<ProvisioningConnection> | undefined>;
  /** All connections of a tenant, newest first. Their number is limited. */
  list(tenantId: string): Promise<readonly Stored<ProvisioningConnection>[]>;
  /** Connections of all tenants or of one, also those that are being deleted. */
  listKeys(tenantId?: string): AsyncIterable<DirectoryKey>;
  /** Version of the creations of a tenant. It is read before the connections are counted. */
  getCreations(tenantId: string): Promise<string>;
  /** Throws StaleError if another connection was created since `creations` was read. */
  create(
    connection: ProvisioningConnection,
    events?: readonly OutboxMessage[],
    creations?: string,
  ): Promise<Stored<ProvisioningConnection>>;
  /** Throws StaleError if the connection changed since it was read. */
  replace(
    connection: Stored<ProvisioningConnection>,
    events?: readonly OutboxMessage[],
  ): Promise<Stored<ProvisioningConnection>>;
  delete(key: DirectoryKey): Promise<void>;
  /** Written before the token is issued, never changed. */
  putTokenOwner(tokenId: string, key: DirectoryKey): Promise<void>;
  getTokenOwner(tokenId: string): Promise<DirectoryKey | undefined>;
  deleteTokenOwner(tokenId: string): Promise<void>;
  putTokenUse(key: DirectoryKey, tokenId: string, use: TokenUse): Promise<void>;
  /** By token id. */
  listTokenUses(key: DirectoryKey): Promise<ReadonlyMap<string, TokenUse>>;
  deleteTokenUses(key: DirectoryKey): Promise<void>;
}

/** The latest requests of a connection, for diagnostics. */
export interface RequestLogStore {
  append(key: DirectoryKey, requests: readonly LoggedRequest[]): Promise<void>;
  /** Newest first. */
  list(key: DirectoryKey, page: PageRequest): Promise<Page<LoggedRequest>>;
  /** Deletes requests older than a time in all connections. Yields checkpoints. */
  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string>;
  deleteOfConnection(key: DirectoryKey): Promise<void>;
}

/** Grants that follow the directory. */
export interface AccessHook {
  /**
   * Rows that are stored in the transaction of the change: at most two for a user, and one for each
   * group and member of it. Their keys begin with `intent-`. Must not wait for anything.
   */
  intentsOf(change: DirectoryChange): readonly AttachedRow[];
  /** Called after the commit and before the response, for at most three seconds. Never throws. */
  afterChange(change: DirectoryChange): Promise<void>;
  /**
   * Revokes everything that the connection granted. True if nothing is left. Called again until
   * then; afterwards the partition is purged.
   */
  release(key: DirectoryKey): Promise<boolean>;
}

/**
 * The audit trail: `rowOf` is the row of a record in the transaction of its change, `append` takes a
 * record without a change, such as a refused request.
 */
export type AuditHook = Pick<AuditTrail, 'rowOf' | 'append'>;

/** The rate limit of a connection. */
export interface RequestLimit {
  /** Counts one request. Returns headers that tell the limit. Throws ThrottledError. */
  consume(key: DirectoryKey): Promise<Readonly<Record<string, string>>>;
}
