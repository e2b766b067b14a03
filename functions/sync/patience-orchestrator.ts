/** Waiting that a person can end: a long wait is cut into minutes, and after each the run is asked whether it goes on. */
import type { OrchestrationContext } from 'durable-functions';
import type { Halt } from '../catalog/mirror';
import { sleepUntil } from '../durable/sleep';
import { run, type Orchestration } from '../durable/step';
import { askHalt } from './steps';
import type { SyncTarget } from './travel';

const sliceInMs = 60_000;

/** Until an ISO 8601 time that a step has named, or until the run is halted. */
export function* waitWhileGoingOn(
  context: OrchestrationContext,
  { tenantId, connectorId, runId }: SyncTarget,
  time: string,
): Orchestration<Halt | undefined> {
  const due = new Date(time).getTime();
  for (;;) {
    const now = context.df.currentUtcDateTime.getTime();
    if (due - now <= sliceInMs) break;
    yield* sleepUntil(context, new Date(now + sliceInMs).toISOString());
    const { halted } = yield* run(context, askHalt, { tenantId, connectorId, runId });
    if (halted) return halted;
  }
  yield* sleepUntil(context, time);
  return undefined;
}
