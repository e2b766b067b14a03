/** A resource that was removed stays hidden for a while, so that it can be looked at and may come back. Then it goes. */
import type { FactoryChange } from './change-log';
import { factoryHash } from '../data-factory/resource-id';

export interface Tombstone {
  readonly rowKey: string;
  readonly removedAt: string;
  /** The sync whose mass removal hid it: it stays until somebody confirms. */
  readonly quarantinedBy?: string;
  readonly etag: string;
}

/** What may go: what was removed before a time, and is held by no sync but one that was confirmed. */
export interface PurgeCriteria {
  readonly before: string;
  readonly confirmed?: string | undefined;
}

export const isPurgeable = (
  { removedAt, quarantinedBy }: Tombstone,
  { before, confirmed }: PurgeCriteria,
) => removedAt < before && (quarantinedBy === undefined || quarantinedBy === confirmed);

/** The rows that changes name, by the hash of their factory. */
export function rowsByFactory(changes: readonly FactoryChange[]): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const { factory, rowKey } of changes) {
    const hash = factoryHash(factory);
    const known = rows.get(hash);
    if (known) known.push(rowKey);
    else rows.set(hash, [rowKey]);
  }
  return rows;
}
