import type { FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import type { LineageHead, LoadedHead, UnitBuckets } from './stored-lineage';

/** A factory whose lineage is stored. */
export interface LineageFactory {
  /** Hash of the factory. */
  readonly hash: string;
  readonly factory: FactoryRef;
  /** Changes with each write. */
  readonly version: string;
}

/** Lineage of factories as packed rows. */
export interface LineageStore {
  /** Ordered by hash. */
  listFactories(connector: ConnectorKey): Promise<readonly LineageFactory[]>;
  /** Without versions if nothing is stored. */
  loadHead(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedHead>;
  /** All units. `factory` is the hash of a factory. */
  loadUnits(connector: ConnectorKey, factory: string): Promise<UnitBuckets>;
  /**
   * Replaces the given buckets and then the head. Throws SupersededError if the head changed since it
   * was loaded; buckets may have been written by then, and are written again with the next head.
   */
  save(
    connector: ConnectorKey,
    factory: FactoryRef,
    head: LineageHead,
    buckets: UnitBuckets,
    loaded: LoadedHead,
  ): Promise<void>;
}
