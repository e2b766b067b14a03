/**
 * Input and output of mirroring one kind of a factory. Stored in Durable history: small, plain
 * JSON.
 */
import type { AzureResponseInfo } from '../../data-factory/azure-response';
import type { SourceCursor } from '../../data-factory/ports';
import type { FactoryRef, ListedKind, ResourceKind } from '../../data-factory/resource';
import type { StopRequest } from '../../durable/stop-request';
import type { FailureInfo } from '../../errors/app-error';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Tallies, Tally } from '../tallies';

export type ReportTally = (kind: ResourceKind, more: Partial<Tally>) => void;

/** One kind of one factory. */
export interface MirrorTarget extends ConnectorKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
  readonly syncRunId: string;
  /** Write every object, including unchanged ones. */
  readonly full: boolean;
  readonly cursor?: SourceCursor;
}

/** Why a list was not read. */
export interface ListFailure extends FailureInfo {
  /** Absent if no response of Azure caused the failure. */
  readonly response?: AzureResponseInfo;
}

/** Number of objects of a kind that were missing at once, and of all known objects. */
export interface MassRemoval {
  readonly removed: number;
  readonly of: number;
}

export interface MirrorResult {
  readonly tallies: Tallies;
  /** Present if the list continues. */
  readonly cursor?: SourceCursor;
  /** Earliest time to continue, if Azure is throttling. */
  readonly notBefore?: string;
  /** Present if a stop request ended the step before the end of the list. */
  readonly stopRequest?: StopRequest;
  /** Present if the list could not be read. Then no object was removed. */
  readonly failure?: ListFailure;
  readonly massRemoval?: MassRemoval;
}

/** Whether a removal of a whole factory is quarantined: always, if it removes much, or never. */
export type Quarantine = 'always' | 'if_mass_removal' | 'never';

export interface FactoryRemovalResult {
  readonly tallies: Tallies;
  /** By kind: what is quarantined until it is confirmed. */
  readonly massRemovals: Readonly<Record<string, MassRemoval>>;
}
