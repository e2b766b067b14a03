import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { Orchestration, OrchestrationFilter, OrchestrationOrder } from './orchestration';

/** The index of orchestrations. */
export interface OrchestrationStore {
  /** Throws ConflictError if the index has an instance with this id. */
  create(orchestration: Orchestration): Promise<void>;
  /** Replaces the row of the instance that had the id before, if there is one. */
  put(orchestration: Orchestration): Promise<void>;
  get(tenantId: string, instanceId: string): Promise<Stored<Orchestration> | undefined>;
  /** A page may have fewer rows than asked for, even none, and still be followed by others. */
  list(
    tenantId: string,
    filter: OrchestrationFilter,
    order: OrchestrationOrder,
    page: PageRequest,
  ): Promise<Page<Orchestration>>;
  /** Throws StaleError if the row changed since it was read. The id and the creation stay. */
  replace(orchestration: Stored<Orchestration>): Promise<void>;
  /** False if another request was faster, or the row changed meanwhile. */
  delete(orchestration: Orchestration): Promise<boolean>;
  /** Deletes rows of all tenants that were created in a period and are terminal. */
  deleteTerminal(from: Date, to: Date): AsyncIterable<string>;
}

/** What a Durable client reports to the index. Never throws, except for a purge. */
export interface OrchestrationIndex {
  /** An instance is being started, unless the id is known. */
  noteStart(name: string, instanceId: string, input: unknown): Promise<void>;
  /** An instance is being started in place of a terminal one. */
  noteRestart(name: string, instanceId: string, input: unknown): Promise<void>;
  /** The history of terminal instances that were created in a period was purged. */
  notePurge(from: Date, to: Date): Promise<void>;
}
