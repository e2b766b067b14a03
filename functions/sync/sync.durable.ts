/** What each step of a sync does, and its registration. Every step may run twice; none may mind. */
import { app } from 'durable-functions';
import type { Mirrored, MirrorTarget } from '../catalog/mirror';
import { registerStep } from '../durable/step';
import type { Lazy, Services } from '../services';
import { syncFactory } from './factory-orchestrator';
import * as steps from './steps';
import { syncConnector } from './sync-orchestrator';
import type { Discovered, DiscoverInput } from './travel';

export function registerSync(services: Lazy<Services>): void {
  app.orchestration('syncConnector', syncConnector);
  app.orchestration('syncFactory', syncFactory);
  registerStep(services, steps.discoverFactories, discoverFactories);
  registerStep(services, steps.mirrorKind, mirrorKind);
  registerStep(services, steps.mirrorRuns, (target, { runMirror, halts }) =>
    runMirror.mirror(target, () => halts.ask(target, target.pass)),
  );
  registerStep(services, steps.askHalt, async (run, { halts }) => {
    const halted = await halts.ask(run, run.runId);
    return halted ? { halted } : {};
  });
  registerStep(services, steps.removeFactory, (target, { mirror }) =>
    mirror.removeFactory(target, target.factory, target.runId),
  );
  registerStep(services, steps.finishSync, (outcome, { syncRuns }) => syncRuns.finish(outcome));
}

/** A list counts as done when there is nothing left of it to read. */
function mirrorKind(target: MirrorTarget, { mirror, meters, halts }: Services): Promise<Mirrored> {
  return meters.during(
    target,
    target.pass,
    (report) => mirror.mirror(target, report, () => halts.ask(target, target.pass)),
    ({ cursor }) => cursor === undefined,
  );
}

/** Everything found at the second time is found again; only the row is told anew. */
async function discoverFactories(
  target: DiscoverInput,
  { discovery, syncRuns, halts }: Services,
): Promise<Discovered> {
  if ((await halts.ask(target, target.runId)) === 'cancelled') return { factories: [] };
  const retried = await syncRuns.retried(target);
  const [{ found, total }] = await Promise.all([
    discovery.factoriesAfter(target, target.after, retried),
    syncRuns.started(target),
  ]);
  if ('factories' in found)
    await syncRuns.discovered(target, total, total * steps.mirroredKinds.length);
  return found;
}
