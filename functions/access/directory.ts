/**
 * The directory of a provisioning connection as access rules see it. The module provisioning fills
 * these types: it may import this module, but not the other way round.
 */

/** Names a provisioning connection together with its tenant. */
export interface DirectoryKey {
  readonly tenantId: string;
  readonly connectionId: string;
}

export type ResourceTypeName = 'User' | 'Group';

/** A user or group with the attributes that the identity provider pushed. */
export interface DirectoryResource {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface DirectoryMember {
  readonly id: string;
  readonly type: ResourceTypeName;
}

export interface ChangedResource {
  readonly id: string;
  /** Absent: created. */
  readonly before?: DirectoryResource;
  /** Absent: deleted. */
  readonly after?: DirectoryResource;
}

export interface ChangedMember {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberType: ResourceTypeName;
  readonly effect: 'added' | 'removed';
}

/**
 * What one transaction changes in a directory: at most one user, one group and a bounded number of
 * members. A large request is several changes. Members that were present or absent before are left
 * out.
 */
export interface DirectoryChange {
  readonly key: DirectoryKey;
  readonly users: readonly ChangedResource[];
  readonly groups: readonly ChangedResource[];
  readonly members: readonly ChangedMember[];
}

/**
 * Row of another module, upserted in the transaction of a change. Values of columns have at most
 * 32,000 characters.
 */
export interface AttachedRow {
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, string | number | boolean>>;
}
