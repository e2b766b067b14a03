/** What travels to and from the mirror: small and plain, since a Durable history keeps it. */
import type { FactoryRef, ListedKind, ResourceKind } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import type { SourceCursor } from '../data-factory/ports';
import type { FailureInfo } from '../errors/app-error';
import type { StopRequest } from '../durable/stop-request';
import type { Tallies, Tally } from './tallies';

export type ReportTally = (kind: ResourceKind, more: Partial<Tally>) => void;

/** One kind of one factory. */
export interface MirrorTarget extends ConnectorKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
  /** The sync run: what it has seen is told from what earlier ones saw. */
  readonly syncRunId: string;
  /** Write everything, whether it has changed or not. */
  readonly full: boolean;
  readonly cursor?: SourceCursor;
}

/** How much of a kind vanished at once. */
export interface MassRemoval {
  readonly removed: number;
  readonly of: number;
}

/** With a cursor there is more to read, not before the time given; with a failure nothing was swept. */
export interface MirrorResult {
  readonly tallies: Tallies;
  readonly cursor?: SourceCursor;
  readonly notBefore?: string;
  /** Why it stopped before its end although there was more to read. */
  readonly stopRequest?: StopRequest;
  readonly failure?: FailureInfo;
  readonly massRemoval?: MassRemoval;
}
