/** What each step of a sync does, and its registration. Every step may run twice; none may mind. */
import { app } from 'durable-functions';
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
  registerStep(services, steps.mirrorKind, (target, { mirror, meters }) =>
    meters.during(target, target.pass, (report) => mirror.mirror(target, report)),
  );
  registerStep(services, steps.removeFactory, (target, { mirror }) =>
    mirror.removeFactory(target, target.factory),
  );
  registerStep(services, steps.finishSync, (outcome, { syncRuns }) => syncRuns.finish(outcome));
}

/** Everything found at the second time is found again; only the row is told anew. */
async function discoverFactories(
  target: DiscoverInput,
  { discovery, syncRuns }: Services,
): Promise<Discovered> {
  const [{ found, total }] = await Promise.all([
    discovery.factoriesAfter(target, target.after),
    syncRuns.started(target),
  ]);
  if ('factories' in found)
    await syncRuns.discovered(target, total, total * steps.mirroredKinds.length);
  return found;
}
