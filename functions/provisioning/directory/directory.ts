/** What a provisioning connection has pushed: users, groups and members. */
import type { MemberType, ResourceState } from '../../scim/resource';
import {
  groupType,
  userType,
  type ResourceType,
  type ResourceTypeName,
} from '../../scim/schema/resource-type';
import type { Stored } from '../../storage/stored';
import { isUlid, ulid } from '../../storage/ulid';

/** Names a connection together with its tenant: rows of another connection do not exist. */
export interface DirectoryKey {
  readonly tenantId: string;
  readonly connectionId: string;
}

export interface DirectoryResource extends ResourceState {
  readonly type: ResourceTypeName;
  /** Id of the journal of a membership change that is not complete yet. Groups only. */
  readonly pendingJournal?: string;
}

export type StoredResource = Stored<DirectoryResource>;

/** A user or group in a group. */
export interface DirectoryMember {
  readonly id: string;
  readonly type: MemberType;
}

/**
 * A member that is removed. The version of its row changes with its groups, unless the user or group
 * is deleted itself.
 */
export interface RemovedMember extends DirectoryMember {
  readonly isDeleted?: boolean;
}

export const typeOf = ({ type }: Pick<DirectoryResource, 'type'>): ResourceType =>
  type === 'User' ? userType : groupType;

/** The attribute that is unique for a type. */
export const uniqueAttributeOf = (type: ResourceTypeName): 'userName' | 'displayName' =>
  type === 'User' ? 'userName' : 'displayName';

/** `userName` of a user, `displayName` of a group. Both are required, and texts by their schemas. */
export const uniqueNameOf = ({ type, attributes }: DirectoryResource): string =>
  attributes[uniqueAttributeOf(type)] as string;

/**
 * Time of the next change of a resource. Clocks of instances differ by up to a second, and the audit
 * trail is in the order of these times.
 */
export const changeTimeAfter = (
  { lastModifiedAt }: Pick<DirectoryResource, 'lastModifiedAt'>,
  now: Date,
): string => new Date(Math.max(now.getTime(), Date.parse(lastModifiedAt) + 1)).toISOString();

/** Ids of resources sort by creation time, and a list keeps its order while resources are created. */
export const newResourceId = (at: Date, bytes: Uint8Array): string => ulid(at, bytes);

/** Other texts are no id of a resource and must not become part of a row key. */
export const isResourceId = (text: string): boolean => isUlid(text);
