/**
 * Keys of access rules. In the table `directory`, PartitionKey `{tenant}|{connection}`:
 *
 *   intent-{revoke|grant}-{kind}-{id}     work that a change of the directory or the rules made due
 *   assignment-owned-{kind}-{id}-{name}   role assignments that rules want, by user or group
 *   assignment-principal-{kind}-{id}      the Entra object of a user or group
 *   assignment-lease-{name}               right to work on a user or group, or to drain intents
 *   assignment-breaker                    count of recent revocations
 *   assignment-drift                      what the last reconciliation found
 *   rules-current                         the rule set
 *   rules-version-{inverted version}      earlier versions, newest first
 *
 * In the table `access`, PartitionKey tenant:
 *
 *   claim-{assignment name}-{connection}-{kind}-{id}   who wants an assignment
 *   leaver-{object id}-{connection}-{user}             a person who left at a connection
 *   person-{object id}-{connection}-{user}             a person who is active at a connection
 */
import { odata } from '@azure/data-tables';
import type { AttachedRow, DirectoryKey } from '../../../access/directory';
import type { Subject } from '../../../access/grants/assignment';
import { directoryPartition } from '../directory/directory-keys';
import { prefixRange } from '../../table-storage/table-client';

export const ownedPrefix = 'assignment-owned-';
export const ownedOfSubject = ({ kind, id }: Subject) => `${ownedPrefix}${kind}-${id}-`;
export const principalPrefix = 'assignment-principal-';
export const principalRowKey = ({ kind, id }: Subject) => `${principalPrefix}${kind}-${id}`;
export const leaseRowKey = (name: string) => `assignment-lease-${name}`;
export const breakerRowKey = 'assignment-breaker';
export const driftRowKey = 'assignment-drift';
export const rulesRowKey = 'rules-current';
export const ruleVersionPrefix = 'rules-version-';
export const ruleVersionRowKey = (version: number) =>
  `${ruleVersionPrefix}${String(1_000_000_000 - version).padStart(10, '0')}`;

/** Filter of the rows of a partition whose keys have the prefix. */
export function withPrefix(partitionKey: string, prefix: string): string {
  const { from, to } = prefixRange(prefix);
  return odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
}

export const inDirectory = (key: DirectoryKey, prefix: string): string =>
  withPrefix(directoryPartition(key), prefix);

export const toRow = (key: DirectoryKey, { rowKey, columns }: AttachedRow) => ({
  partitionKey: directoryPartition(key),
  rowKey,
  ...columns,
});
