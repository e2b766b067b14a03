/** The steps of a sync: contracts only, so that orchestrators may import them. */
import { step } from '../../durable/step';
import type { Stoppable } from '../../durable/stop-request';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type {
  DerivedDataResult,
  DerivedDataTarget,
  DiscoverInput,
  DiscoveryResult,
  FactoryTarget,
  InterruptedStretch,
  ListsResult,
  RunHistoryResult,
  RunHistoryTarget,
  SyncOutcome,
} from './step-messages';

export const discoverFactories = step<DiscoverInput, DiscoveryResult>('discoverFactories');
/** Reads the lists of a factory, and stores how they ended. */
export const mirrorLists = step<FactoryTarget, ListsResult>('mirrorLists');
/** Updates what is derived from the documents of factories whose rows have changed. */
export const updateDerivedData = step<DerivedDataTarget, DerivedDataResult>('updateDerivedData');
/** Reads the run history of a factory, and stores how it ended. */
export const mirrorRuns = step<RunHistoryTarget, RunHistoryResult>('mirrorRuns');
/** The sync run fails if this step does: it would end without a result of the factory. */
export const reportInterruption = step<InterruptedStretch, void>('reportInterruption');
export const checkStopRequest = step<SyncRunKey, Stoppable>('checkStopRequest');
/** The connector stays locked until this step succeeds, so it is retried for minutes. */
export const finishSync = step<SyncOutcome, void>('finishSync', 12);
