/** Registers the orchestrators and steps of a sync. Every step may run twice. */
import type { Lazy } from '../concurrency/lazy';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import { syncLane } from './orchestration/lane-orchestrator';
import * as steps from './orchestration/steps';
import { syncConnector } from './orchestration/sync-orchestrator';
import type { AllSyncServices } from './services';

export function registerSync(services: Lazy<AllSyncServices>): void {
  registerOrchestrator('syncConnector', syncConnector);
  registerOrchestrator('syncLane', syncLane);
  registerStep(services, steps.discoverFactories, (target, { discovery }) =>
    discovery.discover(target),
  );
  registerStep(services, steps.mirrorLists, (target, { factoryLists }) =>
    factoryLists.mirror(target),
  );
  registerStep(services, steps.updateDerivedData, (target, { derivedData }) =>
    derivedData.update(target),
  );
  registerStep(services, steps.mirrorRuns, (target, { factoryHistory }) =>
    factoryHistory.mirror(target),
  );
  registerStep(services, steps.reportInterruption, (stretch, { factoryEnds }) =>
    factoryEnds.recordInterruption(stretch),
  );
  registerStep(services, steps.checkStopRequest, async (run, { stopRequests, syncRuns }) => {
    const stopRequest = await stopRequests.check(run);
    if (!stopRequest) await syncRuns.recordAlive(run);
    return stopRequest ? { stopRequest } : {};
  });
  registerStep(services, steps.finishSync, (outcome, { syncRuns }) => syncRuns.finish(outcome));
}
