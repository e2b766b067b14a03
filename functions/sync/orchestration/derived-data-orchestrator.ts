/** The part of a sync between lists and run history. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import type { FactoryRef } from '../../data-factory/resource';
import { runStepForEach, type Orchestration } from '../../durable/step';
import { sleepFor } from '../../durable/timers';
import { failureLine } from '../../errors/log-failure';
import type { DerivedDataResult, SyncTarget } from './step-messages';
import { updateDerivedData } from './steps';
import { deal, factoriesPerUpdate, maxConcurrentUpdates, pauseSeconds } from './sync-plan';

/**
 * Updates derived data of the given factories. A step that fails in all its attempts does not fail
 * the sync run: the next one updates what is stale.
 */
export function* updateDerivedDataOf(
  context: OrchestrationContext,
  target: SyncTarget,
  stale: readonly FactoryRef[],
): Orchestration<'cancelled' | undefined> {
  let factories = stale.map(refOf);
  while (factories.length > 0) {
    const steps = Math.min(maxConcurrentUpdates, Math.ceil(factories.length / factoriesPerUpdate));
    const inputs = deal(factories, steps).map((each) => ({ ...target, factories: each }));
    let results: DerivedDataResult[];
    try {
      results = yield* runStepForEach(context, updateDerivedData, inputs);
    } catch (error) {
      const { instanceId, isReplaying } = context.df;
      if (!isReplaying)
        context.error(failureLine('derived_data.interrupted', error, { instanceId }));
      return undefined;
    }
    const stopRequests = results.map(({ stopRequest }) => stopRequest);
    if (stopRequests.includes('cancelled')) return 'cancelled';
    factories = results.flatMap(({ remaining }) => remaining);
    if (stopRequests.includes('paused')) yield* sleepFor(context, pauseSeconds);
  }
  return undefined;
}

/** Without the evidence of discovery. */
const refOf = ({ subscriptionId, resourceGroup, name }: FactoryRef): FactoryRef => ({
  subscriptionId,
  resourceGroup,
  name,
});
