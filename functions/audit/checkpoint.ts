/**
 * Signed statements that an entry has a hash. They show a chain that was rewritten from some entry on,
 * or whose end was cut off: its hashes are consistent in themselves.
 */
import { canonicalJson } from '../data-factory/canonical-json';
import type { ChainLink } from './chain';

export interface Checkpoint extends ChainLink {
  readonly at: string;
  /** Version of the key. Earlier versions stay valid for what they signed. */
  readonly keyVersion: string;
  readonly signature: string;
}

/** Entries after which a chain gets another checkpoint. */
export const checkpointEntries = 100;
/** A chain that grows slowly gets one after this time. */
export const checkpointMs = 3_600_000;

/** The text that a checkpoint or a floor signs. `kind` keeps one from being used as the other. */
export const signedText = (
  kind: 'checkpoint' | 'floor',
  tenantId: string,
  { seq, hash }: ChainLink,
  at: string,
): string => canonicalJson({ kind, tenantId, seq, hash, at });

/** Whether the chain needs another checkpoint after the latest one. */
export const isCheckpointDue = (
  latest: Checkpoint | undefined,
  { seq }: ChainLink,
  now: Date,
): boolean =>
  latest === undefined ||
  seq - latest.seq >= checkpointEntries ||
  (seq > latest.seq && now.getTime() - Date.parse(latest.at) >= checkpointMs);
