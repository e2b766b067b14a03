/** Stored lineage of a factory: a head, and its units in a fixed number of buckets. */
import type { LineageUnit } from './lineage-unit';
import type { LineageUnits } from './factory/factory-lineage';

/** What the units were computed from. Written after the units. */
export interface LineageHead {
  /** Versions of documents by row key. */
  readonly versions: ReadonlyMap<string, string>;
  /** Version of the rules of lineage. */
  readonly rules: number;
}

export interface LoadedHead extends LineageHead {
  /** Only the store interprets it. Absent if nothing is stored. */
  readonly etag?: string;
}

export type UnitBuckets = ReadonlyMap<number, readonly LineageUnit[]>;

/** Raised when a rule changes: all units are then computed again. */
export const lineageRules = 1;

/** A change rewrites one bucket of a factory. More buckets would cost more reads. */
const bucketCount = 8;

/** Bucket of a unit: FNV-1a of its row key. */
export function bucketOf(rowKey: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < rowKey.length; at++)
    hash = Math.imul(hash ^ rowKey.charCodeAt(at), 0x01000193) >>> 0;
  return hash % bucketCount;
}

export const unitsOf = (buckets: UnitBuckets): LineageUnits =>
  new Map([...buckets.values()].flat().map((unit) => [unit.rowKey, unit]));

/** Buckets that contain one of the row keys, with all their units in the order of row keys. */
export function bucketsWith(rowKeys: Iterable<string>, units: LineageUnits): UnitBuckets {
  const numbers = new Set([...rowKeys].map(bucketOf));
  const buckets = new Map<number, LineageUnit[]>([...numbers].map((number) => [number, []]));
  for (const unit of [...units.values()].sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1)))
    buckets.get(bucketOf(unit.rowKey))?.push(unit);
  return buckets;
}
