/** Finds the first entry of a chain that is not what was linked. Pure: reads what it is given. */
import type { AuditEntry } from './audit-record';
import { hashOfEntry, type ChainHead, type ChainLink } from './chain';

/** A row of a chain as it is stored. */
export interface StoredEntry {
  /** By the key of the row. */
  readonly seq: number;
  /** Absent if the row cannot be read. */
  readonly entry?: AuditEntry;
  /** What the store found wrong with the row itself. */
  readonly fault?: 'unreadable' | 'columns' | 'foreign';
}

export const faultKinds = {
  missing: 'No row has this number.',
  unreadable: 'The row is not an entry.',
  foreign: 'The row does not belong to the chain.',
  columns: 'The columns for filters differ from the entry.',
  moved: 'The entry has another number than its row.',
  changed: 'The content does not match the hash of the entry.',
  unlinked: 'The entry does not hold the hash of the entry before it.',
  checkpoint: 'The entry has another hash than a signed checkpoint.',
  signature: 'The signature of the checkpoint or of the beginning is not valid.',
  head: 'The last entry is not the one that was linked last.',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  readonly seq: number;
  readonly kind: FaultKind;
}

/** What was found out about a chain, or about a part of it. */
export interface Verification {
  readonly outcome: 'intact' | 'broken' | 'incomplete';
  /** First entry that was checked, and last one that was found to be right. */
  readonly checkedFrom: number;
  readonly checkedTo: number;
  readonly head?: ChainHead;
  /** Entries up to this one were purged. */
  readonly purgedTo?: number;
  /** Signed checkpoints that were compared. */
  readonly checkpointCount: number;
  /** Last entry that a signature covers. Later ones are proven by their hashes alone. */
  readonly signedTo?: number;
  readonly fault?: Fault;
  /** Where the next slice begins. */
  readonly next?: ChainLink;
}

export class ChainVerifier {
  constructor(
    private last: ChainLink,
    private readonly tenantId: string,
    /** Hashes of checkpoints by number. */
    private readonly checkpoints: ReadonlyMap<number, string>,
  ) {}

  /** The last entry that was found to be right. */
  get verified(): ChainLink {
    return this.last;
  }

  /** Checks the rows up to a number, which must be all that are stored. */
  check(rows: readonly StoredEntry[], upTo: number): Fault | undefined {
    for (const row of rows) {
      const fault = this.checkRow(row);
      if (fault) return fault;
    }
    return this.last.seq < upTo ? { seq: this.last.seq + 1, kind: 'missing' } : undefined;
  }

  private checkRow({ seq, entry, fault }: StoredEntry): Fault | undefined {
    const expected = this.last.seq + 1;
    if (seq > expected) return { seq: expected, kind: 'missing' };
    if (fault === 'foreign' || seq < expected) return { seq, kind: 'foreign' };
    const kind = fault === 'unreadable' || !entry ? 'unreadable' : this.kindOf(seq, entry);
    if (kind) return { seq, kind };
    if (fault) return { seq, kind: fault };
    this.last = { seq, hash: entry!.hash };
    return undefined;
  }

  private kindOf(seq: number, entry: AuditEntry): FaultKind | undefined {
    if (entry.seq !== seq || entry.tenantId !== this.tenantId) return 'moved';
    if (hashOfEntry(entry) !== entry.hash) return 'changed';
    if (entry.prevHash !== this.last.hash) return 'unlinked';
    const known = this.checkpoints.get(seq);
    return known !== undefined && known !== entry.hash ? 'checkpoint' : undefined;
  }
}
