/** Registers the orchestrators and steps of a sync. Every step may run twice. */
import type { MirrorResult, MirrorTarget } from '../catalog/mirror-messages';
import type { CatalogServices } from '../catalog/services';
import type { Lazy } from '../concurrency/lazy';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import type { RunTarget } from '../run-history/run-mirror-messages';
import type { RunHistoryServices } from '../run-history/services';
import { syncFactory } from './orchestration/factory-orchestrator';
import * as steps from './orchestration/steps';
import { syncConnector } from './orchestration/sync-orchestrator';
import type { SyncServices } from './services';

type StepServices = SyncServices & CatalogServices & RunHistoryServices;

export function registerSync(services: Lazy<StepServices>): void {
  registerOrchestrator('syncConnector', syncConnector);
  registerOrchestrator('syncFactory', syncFactory);
  registerStep(services, steps.discoverFactories, (target, { discovery }) =>
    discovery.discover(target),
  );
  registerStep(services, steps.mirrorKind, mirrorKind);
  registerStep(services, steps.mirrorRuns, mirrorRuns);
  registerStep(services, steps.checkStopRequest, async (run, { stopRequests, syncRuns }) => {
    const stopRequest = await stopRequests.check(run);
    if (!stopRequest) await syncRuns.recordAlive(run);
    return stopRequest ? { stopRequest } : {};
  });
  registerStep(services, steps.removeFactory, (removal, { factoryRemoval }) =>
    factoryRemoval.remove(removal),
  );
  registerStep(services, steps.markGone, (mark, { factoryRemoval }) =>
    factoryRemoval.markGone(mark),
  );
  registerStep(services, steps.reportFactoryEnd, async (end, { syncRuns, stopRequests }) => {
    // Progress of a terminal run must not be stored any more.
    if ((await stopRequests.check(end)) !== 'cancelled') await syncRuns.recordFactoryEnd(end);
  });
  registerStep(services, steps.finishSync, (outcome, { syncRuns }) => syncRuns.finish(outcome));
}

function mirrorKind(
  target: MirrorTarget,
  { catalogMirror, progressReporting, stopRequests }: StepServices,
): Promise<MirrorResult> {
  return progressReporting.track(target, target.kind, ({ count }) =>
    catalogMirror.mirror(
      target,
      (kind, { read = 0, written = 0 }) =>
        count({ read, written, objects: kind === 'activity' ? 0 : read }),
      () => stopRequests.check(target),
    ),
  );
}

function mirrorRuns(
  target: RunTarget,
  { runMirror, progressReporting, stopRequests }: StepServices,
) {
  return progressReporting.track(target, 'runHistory', (counter) =>
    runMirror.mirror(target, () => stopRequests.check(target), counter),
  );
}
