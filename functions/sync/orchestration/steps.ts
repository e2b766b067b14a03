/** The steps of a sync. Contracts only, so that the orchestrators may import this file. */
import type { MirrorResult, MirrorTarget } from '../../catalog/mirror-messages';
import type { Tallies } from '../../catalog/tallies';
import type { ListedKind } from '../../data-factory/resource';
import { step } from '../../durable/step';
import type { RunMirrorResult, RunTarget } from '../../run-history/run-mirror-messages';
import type {
  Discovered,
  DiscoverInput,
  FactoryEnd,
  FactoryRemoval,
  Stoppable,
  RunKey,
  SyncOutcome,
} from '../step-messages';

export const discoverFactories = step<DiscoverInput, Discovered>('discoverFactories');
export const mirrorKind = step<MirrorTarget, MirrorResult>('mirrorKind');
export const mirrorRuns = step<RunTarget, RunMirrorResult>('mirrorRuns');
export const removeFactory = step<FactoryRemoval, Tallies>('removeFactory');
/** A courtesy to those who watch: not worth more than two tries. */
export const reportFactoryEnd = step<FactoryEnd, void>('reportFactoryEnd', 2);
export const checkStopRequest = step<RunKey, Stoppable>('checkStopRequest');
/** Until it succeeds nobody may sync the connector again, so it is tried for minutes. */
export const finishSync = step<SyncOutcome, void>('finishSync', 12);

/** One step each. The longest lists stand first, since eight requests at a time are made in this order. */
export const mirroredKinds: readonly ListedKind[] = [
  'pipeline',
  'dataset',
  'trigger',
  'linkedService',
  'dataFlow',
  'managedPrivateEndpoint',
  'factory',
  'globalParameter',
  'integrationRuntime',
  'credential',
  'managedVirtualNetwork',
  'changeDataCapture',
];
