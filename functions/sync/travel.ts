/** What travels between the orchestrators and their steps. Durable history keeps it: plain, small, never a secret. */
import type { Failure, Tallies } from '../catalog/mirror';
import type { ConnectorKey, FactoryRef } from '../catalog/resource';
import type { FactoryOutcome, SyncMode } from './sync-run';

export interface SyncTarget extends ConnectorKey {
  readonly runId: string;
  readonly mode: SyncMode;
}

/** The input of syncConnector: a fresh start, or where continue-as-new left off. */
export interface SyncInput extends SyncTarget {
  /** Factories up to this one are done: a lower-cased ARM id. */
  readonly after?: string;
  readonly reports?: readonly FactoryReport[];
}

export type DiscoverInput = SyncTarget & { readonly after?: string };

export type Discovered =
  /** Azure asks for patience. */
  | { readonly notBefore: string }
  /** `after` is absent when these were the last. */
  | { readonly factories: readonly FactoryRef[]; readonly after?: string };

export type FactoryTarget = SyncTarget & { readonly factory: FactoryRef };

export interface FactoryReport {
  readonly outcome: FactoryOutcome;
  readonly tallies: Tallies;
}

export interface RunOutcome extends SyncTarget {
  readonly reports: readonly FactoryReport[];
  /** What ended the sync as a whole before its end. */
  readonly failure?: Failure;
}
