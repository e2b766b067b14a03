/**
 * Keys of the table `directory`. PartitionKey: `{tenant}|{connection}`. RowKeys:
 *
 *   user-{id}, group-{id}                 resources
 *   username-{hash}, groupname-{hash}     reserve a unique name and name its owner
 *   userext-{hash}-{id}, groupext-…       find resources by externalId
 *   member-{group}-{member}               members of a group
 *   memberof-{member}-{group}             groups of a member; always written with the row above
 *   journal-{id}                          work that exceeds one transaction
 *   deletions-{type}                      names the resource that was deleted last
 *   intent-…, assignment-…, audit-…       rows of access rules and of the audit trail
 */
import type { DirectoryKey } from '../../../provisioning/directory/directory';
import type { ResourceTypeName } from '../../../scim/schema/resource-type';
import { hashedKey, prefixRange } from '../../table-storage/table-client';

export const directoryPartition = ({ tenantId, connectionId }: DirectoryKey): string =>
  `${tenantId}|${connectionId}`;

export const resourcePrefix: Readonly<Record<ResourceTypeName, string>> = {
  User: 'user-',
  Group: 'group-',
};

export const resourceRowKey = (type: ResourceTypeName, id: string) =>
  `${resourcePrefix[type]}${id}`;

/** `userName` of users and `displayName` of groups are compared without case. */
export const nameRowKey = (type: ResourceTypeName, name: string) =>
  `${type === 'User' ? 'username' : 'groupname'}-${hashedKey(name.toLowerCase())}`;

export const externalIdPrefix = (type: ResourceTypeName, externalId: string) =>
  `${type === 'User' ? 'userext' : 'groupext'}-${hashedKey(externalId)}-`;

export const memberPrefix = (groupId: string) => `member-${groupId}-`;
export const memberRowKey = (groupId: string, memberId: string) =>
  `${memberPrefix(groupId)}${memberId}`;
export const memberOfPrefix = (memberId: string) => `memberof-${memberId}-`;
export const memberOfRowKey = (memberId: string, groupId: string) =>
  `${memberOfPrefix(memberId)}${groupId}`;

export const deletionsRowKey = (type: ResourceTypeName) => `deletions-${type}`;

export const journalPrefix = 'journal-';
export const journalRowKey = (id: string) => `${journalPrefix}${id}`;

export const auditRange = prefixRange('audit-');
