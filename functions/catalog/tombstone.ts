/**
 * A removed resource stays hidden for a retention period, so that it can be read or restored. Then
 * it is purged.
 */
import { factoryHash } from '../data-factory/resource-id';
import type { FactoryChange } from './change-log';

export interface Tombstone {
  readonly rowKey: string;
  readonly removedAt: string;
  /**
   * The sync run whose mass removal hid the resource. The tombstone stays until that removal is
   * confirmed.
   */
  readonly quarantinedBy?: string;
  readonly etag: string;
}

/**
 * Selects resources removed before a time, except those quarantined by another sync run than the
 * confirmed one.
 */
export interface PurgeCriteria {
  readonly before: string;
  readonly confirmed?: string | undefined;
}

export const isPurgeable = (
  { removedAt, quarantinedBy }: Tombstone,
  { before, confirmed }: PurgeCriteria,
) => removedAt < before && (quarantinedBy === undefined || quarantinedBy === confirmed);

/** Row keys of the changes, by the hash of their factory. */
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
