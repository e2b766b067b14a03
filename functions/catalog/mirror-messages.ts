/** What travels to and from the mirror: small and plain, since a Durable history keeps it. */
import type { ConnectorKey, FactoryRef, ListedKind, ResourceKind } from '../data-factory/resource';
import type { Tallies, Tally } from './tallies';

/** What the run was told in the meantime; asked between pages. */
export type StopRequest = 'paused' | 'cancelled';
export type CheckStopRequest = () => Promise<StopRequest | undefined>;

export type ReportTally = (kind: ResourceKind, more: Partial<Tally>) => void;

/** Lists still to be read, as URLs, in order. Opaque to everybody but the reader. */
export type SourceCursor = readonly string[];

/** One kind of one factory. */
export interface MirrorTarget extends ConnectorKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
  /** The sync run: what it has seen is told from what earlier ones saw. */
  readonly pass: string;
  /** Write everything, whether it has changed or not. */
  readonly full: boolean;
  readonly cursor?: SourceCursor;
}

/** How much of a kind vanished at once. */
export interface Alarm {
  readonly removed: number;
  readonly of: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** With a cursor there is more to read, not before the time given; with a failure nothing was swept. */
export interface MirrorResult {
  readonly tallies: Tallies;
  readonly cursor?: SourceCursor;
  readonly notBefore?: string;
  /** Why it stopped before its end although there was more to read. */
  readonly halted?: StopRequest;
  readonly failure?: Failure;
  readonly alarm?: Alarm;
}
