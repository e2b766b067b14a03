import type { OutboxMessage } from '../events/ports';
import type { PackedUnit } from '../catalog/packed-units';
import type { PackedUnitStore } from '../catalog/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { Push } from './push/push';
import type { Target } from './push/target';

/** `events` are stored in the transaction of the change. */
export interface TargetStore {
  get(key: ConnectorKey): Promise<Stored<Target> | undefined>;
  /** Throws StaleError if there is a target. */
  create(target: Target, events?: readonly OutboxMessage[]): Promise<Stored<Target>>;
  /** Throws StaleError if the target changed since it was read. */
  replace(target: Stored<Target>, events?: readonly OutboxMessage[]): Promise<Stored<Target>>;
  /** Succeeds if there is nothing to delete. */
  delete(key: ConnectorKey): Promise<void>;
}

export interface PushStore {
  get(key: ConnectorKey): Promise<Stored<Push> | undefined>;
  /** Throws StaleError if there is a push. */
  create(push: Push): Promise<Stored<Push>>;
  /** Throws StaleError if the push changed since it was read. */
  replace(push: Stored<Push>): Promise<Stored<Push>>;
  /** Succeeds if there is nothing to delete. */
  delete(key: ConnectorKey): Promise<void>;
  /**
   * Pending pushes of all tenants, or of one, whose time has come. A row that cannot be read is
   * reported and left out.
   */
  listDue(
    now: Date,
    tenantId: string | undefined,
    onUnreadable: (error: unknown) => void,
  ): AsyncIterable<Stored<Push>>;
}

/** What was sent of each factory: versions by row key, and no units. */
export type SentStore = Pick<
  PackedUnitStore<PackedUnit>,
  'listFactories' | 'loadHead' | 'save' | 'forget'
>;
