/** What each step of a sync does, and its registration. Every step may run twice; none may mind. */
import { app } from 'durable-functions';
import type { MirrorResult, MirrorTarget } from '../catalog/mirror-messages';
import { registerStep } from '../durable/step';
import type { RunTarget } from '../run-history/run-mirror-messages';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { syncFactory } from './orchestration/factory-orchestrator';
import * as steps from './orchestration/steps';
import { syncConnector } from './orchestration/sync-orchestrator';
import type { Discovered, DiscoverInput } from './step-messages';

export function registerSync(services: Lazy<Services>): void {
  app.orchestration('syncConnector', syncConnector);
  app.orchestration('syncFactory', syncFactory);
  registerStep(services, steps.discoverFactories, discoverFactories);
  registerStep(services, steps.mirrorKind, mirrorKind);
  registerStep(services, steps.mirrorRuns, mirrorRuns);
  registerStep(services, steps.checkStopRequest, async (run, { halts }) => {
    const halted = await halts.ask(run, run.runId);
    return halted ? { halted } : {};
  });
  registerStep(services, steps.removeFactory, (target, { mirror }) =>
    mirror.removeFactory(target, target.factory, target.runId, target.held),
  );
  registerStep(services, steps.reportFactoryEnd, async (end, { syncRuns, halts }) => {
    // Nothing is told of a run that is over.
    if ((await halts.ask(end, end.runId)) !== 'cancelled') await syncRuns.factoryEnded(end);
  });
  registerStep(services, steps.finishSync, (outcome, { syncRuns }) => syncRuns.finish(outcome));
}

function mirrorKind(
  target: MirrorTarget,
  { mirror, progressReporting, halts }: Services,
): Promise<MirrorResult> {
  return progressReporting.during(target, target.kind, ({ count }) =>
    mirror.mirror(
      target,
      (kind, { read = 0, written = 0 }) =>
        count({ read, written, objects: kind === 'activity' ? 0 : read }),
      () => halts.ask(target, target.pass),
    ),
  );
}

function mirrorRuns(target: RunTarget, { runMirror, progressReporting, halts }: Services) {
  return progressReporting.during(target, 'runs', (meter) =>
    runMirror.mirror(target, () => halts.ask(target, target.pass), meter),
  );
}

/** Everything found at the second time is found again; only the row is told anew. */
export async function discoverFactories(
  target: DiscoverInput,
  { discovery, syncRuns, halts }: Services,
): Promise<Discovered> {
  if ((await halts.ask(target, target.runId)) === 'cancelled') return { factories: [] };
  const retried = await syncRuns.retried(target);
  const [{ found, total, expected }] = await Promise.all([
    discovery.discoverAfter(target, target.after, retried),
    syncRuns.started(target),
  ]);
  // Later chunks look at what this run has changed: factories have gone, sizes are others.
  if ('factories' in found && target.after === undefined)
    await syncRuns.discovered(target, {
      factoryCount: total,
      lists: total * steps.mirroredKinds.length,
      ...(expected !== undefined && { expected }),
    });
  return found;
}
