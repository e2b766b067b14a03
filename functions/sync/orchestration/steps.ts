/** The steps of a sync: contracts only, so that orchestrators may import them. */
import type {
  FactoryRemovalResult,
  MirrorResult,
  MirrorTarget,
} from '../../catalog/mirror-messages';
import { step } from '../../durable/step';
import type { Stoppable } from '../../durable/stop-request';
import type { RunMirrorResult, RunTarget } from '../../run-history/run-mirror-messages';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type {
  DiscoverInput,
  DiscoveryResult,
  FactoryEndReport,
  FactoryRemoval,
  GoneMark,
  SyncOutcome,
} from './step-messages';

export const discoverFactories = step<DiscoverInput, DiscoveryResult>('discoverFactories');
export const mirrorKind = step<MirrorTarget, MirrorResult>('mirrorKind');
export const mirrorRuns = step<RunTarget, RunMirrorResult>('mirrorRuns');
export const removeFactory = step<FactoryRemoval, FactoryRemovalResult>('removeFactory');
export const markGone = step<GoneMark, void>('markGone');
/** Only the progress report depends on this step, so it is retried once. */
export const reportFactoryEnd = step<FactoryEndReport, void>('reportFactoryEnd', 2);
export const checkStopRequest = step<SyncRunKey, Stoppable>('checkStopRequest');
/** The connector stays locked until this step succeeds, so it is retried for minutes. */
export const finishSync = step<SyncOutcome, void>('finishSync', 12);
