/**
 * The chain of a tenant: each entry holds the hash of the one before, so no entry can be changed,
 * removed, added or moved without a break. hash = SHA-256(prevHash + canonical JSON without hash).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../data-factory/canonical-json';
import type { Json } from '../data-factory/json';
import { auditRecord, outcomeOf, type AuditEntry, type AuditRecord } from './audit-record';
import { controlsOf } from './controls';

/** Stands before the first entry. */
export const genesisHash = '0'.repeat(64);

/** An entry that others are compared with or linked to. */
export const chainLink = z.object({ seq: z.int(), hash: z.string() });
export type ChainLink = Readonly<z.infer<typeof chainLink>>;

export const genesis: ChainLink = { seq: 0, hash: genesisHash };

/** The last entry. */
export interface ChainHead extends ChainLink {
  readonly linkedAt: string;
  /**
   * The longest times by which a record was linked after it was made, and before, by another clock.
   * A time range becomes a range of numbers by them.
   */
  readonly maxLagMs: number;
  readonly maxLeadMs: number;
}

/** The last entry that was purged. The chain begins after it. Signed, because storage could move it. */
export interface ChainFloor extends ChainLink {
  readonly at: string;
  readonly keyVersion: string;
  readonly signature: string;
}

export interface UnlinkedRecord {
  readonly id: string;
  readonly record: AuditRecord;
}

/** Numbers and links records. Times of linking never decrease along the chain. */
export function link(
  before: ChainHead | undefined,
  records: readonly UnlinkedRecord[],
  now: Date,
): { readonly head: ChainHead; readonly entries: readonly AuditEntry[] } {
  const linkedAt = laterOf(before?.linkedAt, now.toISOString());
  let head = before ?? { ...genesis, linkedAt, maxLagMs: 0, maxLeadMs: 0 };
  const entries = records.map(({ id, record }) => {
    const entry = toEntry(head, id, record, linkedAt);
    const lagMs = Date.parse(linkedAt) - Date.parse(entry.occurredAt);
    head = {
      seq: entry.seq,
      hash: entry.hash,
      linkedAt,
      maxLagMs: Math.max(head.maxLagMs, lagMs),
      maxLeadMs: Math.max(head.maxLeadMs, -lagMs),
    };
    return entry;
  });
  return { head, entries };
}

/** The hash that belongs to the content of an entry. */
export function hashOfEntry(entry: AuditEntry): string {
  const { hash: _hash, ...content } = entry;
  return createHash('sha256')
    .update(content.prevHash + canonicalEntry(content))
    .digest('hex');
}

/** The text that is hashed, stored and exported. */
export const canonicalEntry = (content: Omit<AuditEntry, 'hash'> | AuditEntry): string =>
  canonicalJson(content as unknown as Json);

function toEntry(
  { seq, hash: prevHash }: ChainLink,
  id: string,
  record: AuditRecord,
  linkedAt: string,
): AuditEntry {
  const { at, ...stored } = asStored(record);
  const content = {
    ...stored,
    occurredAt: new Date(at).toISOString(),
    outcome: outcomeOf(record),
    id,
    seq: seq + 1,
    linkedAt,
    controls: [...controlsOf(record.action)],
    prevHash,
    hash: '',
  };
  return { ...content, hash: hashOfEntry(content) };
}

/** The record as it is read again: only what JSON and the schema keep may be hashed. */
const asStored = (record: AuditRecord) => auditRecord.parse(JSON.parse(JSON.stringify(record)));

const laterOf = (one: string | undefined, other: string) =>
  one !== undefined && one > other ? one : other;
