import type { RecordedEvent } from '../events/event';
import type { Stored } from '../storage/stored';
import type { AuditEntry, AuditRecord } from './audit-record';
import type { ChainHead, ChainFloor } from './chain';
import type { Checkpoint } from './checkpoint';
import type { EntryFilter } from './entry-filter';
import type { StoredEntry } from './verification';

/**
 * Row of a record that another module stores in the transaction of its change, in the partition of
 * the connection in the table `directory`. The key begins with `audit-`. Each column has at most
 * 30,000 characters.
 */
export interface PendingRow {
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, string | number | boolean>>;
}

/** How other modules record. A record that was accepted is linked into the chain within seconds. */
export interface AuditTrail {
  /** The row of a record for the transaction of its change. Needs `connectionId`. */
  rowOf(record: AuditRecord): PendingRow;
  /**
   * A record without a change, such as a refused request. Never throws: a failure is logged, and
   * the call that it belongs to continues.
   */
  append(record: AuditRecord): Promise<void>;
  /** As `append`, but throws if the record was not stored. Safe to repeat with the same id. */
  put(id: string, record: AuditRecord): Promise<void>;
  /** An event of the outbox. Throws if it was not stored. Safe to repeat. */
  putEvent(event: RecordedEvent): Promise<void>;
}

/** Identity of one provisioning connection, which has a partition of pending records. */
export interface ConnectionKey {
  readonly tenantId: string;
  readonly connectionId: string;
}

/** A record that is not yet linked, and the place where it is stored. */
export interface PendingRecord {
  readonly id: string;
  readonly place: string;
  readonly record: AuditRecord;
}

/** Records that are not yet linked, in one partition per tenant and one per connection. */
export interface PendingRecordStore {
  /** Into the partition of the tenant. Putting a record again replaces it. */
  put(id: string, record: AuditRecord): Promise<void>;
  /** Tenants with records in their own partition. */
  listTenants(): AsyncIterable<string>;
  /** The oldest records of the tenant's partition, or of one connection. */
  list(
    tenantId: string,
    connectionId: string | undefined,
    limit: number,
  ): Promise<readonly PendingRecord[]>;
  /** Succeeds for records that do not exist any more. */
  delete(tenantId: string, records: readonly PendingRecord[]): Promise<void>;
}

/** The chain of each tenant. Entries never change; the oldest are purged together. */
export interface AuditStore {
  /** Undefined before the first entry. */
  getHead(tenantId: string): Promise<Stored<ChainHead> | undefined>;
  /**
   * Adds entries and moves the head, in one transaction. False if another linker was faster or a
   * record is linked already: nothing was written then. Throws ConflictError if the row of a new
   * entry exists.
   */
  append(
    tenantId: string,
    before: Stored<ChainHead> | undefined,
    head: ChainHead,
    entries: readonly AuditEntry[],
  ): Promise<boolean>;
  /** Those of the ids that are linked. */
  findLinked(tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Entries from one number to another, both included, in ascending order. At most 1,000. */
  read(
    tenantId: string,
    from: number,
    to: number,
    filter?: EntryFilter,
  ): Promise<readonly StoredEntry[]>;
  /** Number of the lowest row above a number; undefined if there is none. */
  nextSeq(tenantId: string, after: number): Promise<number | undefined>;
  /** Where the chain begins after a purge; undefined if nothing was purged. */
  getFloor(tenantId: string): Promise<ChainFloor | undefined>;
  /** Never moves the floor down. */
  putFloor(tenantId: string, floor: ChainFloor): Promise<void>;
  /** Deletes entries up to a number, the oldest first. Yields after each batch. */
  deleteUpTo(tenantId: string, seq: number): AsyncIterable<number>;
  putCheckpoint(tenantId: string, checkpoint: Checkpoint): Promise<void>;
  getLatestCheckpoint(tenantId: string): Promise<Checkpoint | undefined>;
  /** Checkpoints of entries in a range, both ends included, newest first. */
  listCheckpoints(tenantId: string, from: number, to: number): Promise<readonly Checkpoint[]>;
  /** Every tenant with a chain. */
  listTenants(after?: string): AsyncIterable<string>;
}

/** Signs with a key that storage does not hold. */
export interface CheckpointSigner {
  sign(text: string): Promise<{ readonly keyVersion: string; readonly signature: string }>;
  /**
   * False for another text, signature or key, also for a key that does not exist. Throws if Key Vault
   * does not respond.
   */
  isSignedBy(text: string, keyVersion: string, signature: string): Promise<boolean>;
}
