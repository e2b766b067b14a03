/**
 * What is computed from the documents of a factory, packed into a fixed number of buckets beside a
 * head. The head holds the versions of the documents, so an update finds what changed by itself.
 */
import type { FactoryRef } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';

/** What the units were computed from. Written after the units. */
export interface PackedHead {
  /** Versions of documents by row key. */
  readonly versions: ReadonlyMap<string, string>;
  /** Version of the rules by which the units were computed. */
  readonly rules: number;
}

export interface LoadedPackedHead extends PackedHead {
  /** Only the store interprets it. Absent if nothing is stored. */
  readonly etag?: string;
}

/** What is computed from one document. */
export interface PackedUnit {
  readonly rowKey: string;
}

export type PackedBuckets<Unit> = ReadonlyMap<number, readonly Unit[]>;

/** A factory whose units are stored. */
export interface PackedFactory {
  /** Hash of the factory. */
  readonly hash: string;
  readonly factory: FactoryRef;
  /** Changes with each write. */
  readonly version: string;
}

/** A change rewrites one bucket of a factory. More buckets would cost more reads. */
const bucketCount = 8;

/** Bucket of a unit: FNV-1a of its row key. */
export function bucketOf(rowKey: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < rowKey.length; at++)
    hash = Math.imul(hash ^ rowKey.charCodeAt(at), 0x01000193) >>> 0;
  return hash % bucketCount;
}

export const unitsOf = <Unit extends PackedUnit>(
  buckets: PackedBuckets<Unit>,
): ReadonlyMap<string, Unit> =>
  new Map([...buckets.values()].flat().map((unit) => [unit.rowKey, unit]));

/** The stored units of a factory. Without a head there are none, because it is stored with the first. */
export const storedUnits = async <Unit extends PackedUnit>(
  store: { loadUnits(connector: ConnectorKey, factory: string): Promise<PackedBuckets<Unit>> },
  connector: ConnectorKey,
  factory: FactoryRef,
  { etag }: LoadedPackedHead,
): Promise<ReadonlyMap<string, Unit>> =>
  etag === undefined ? new Map() : unitsOf(await store.loadUnits(connector, factoryHash(factory)));

/** Buckets that contain one of the row keys, with all their units in the order of row keys. */
export function bucketsWith<Unit extends PackedUnit>(
  rowKeys: Iterable<string>,
  units: ReadonlyMap<string, Unit>,
): PackedBuckets<Unit> {
  const numbers = new Set([...rowKeys].map(bucketOf));
  const buckets = new Map<number, Unit[]>([...numbers].map((number) => [number, []]));
  for (const unit of [...units.values()].sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1)))
    buckets.get(bucketOf(unit.rowKey))?.push(unit);
  return buckets;
}

/** Row keys whose version differs from the head. All row keys if the rules changed. */
export function changedKeys(
  { versions: before, rules }: PackedHead,
  versions: ReadonlyMap<string, string>,
  currentRules: number,
): ReadonlySet<string> {
  const isOutdated = rules !== currentRules && (before.size > 0 || versions.size > 0);
  return new Set([
    ...[...versions].flatMap(([rowKey, version]) =>
      isOutdated || before.get(rowKey) !== version ? [rowKey] : [],
    ),
    ...[...before.keys()].filter((rowKey) => !versions.has(rowKey)),
  ]);
}
