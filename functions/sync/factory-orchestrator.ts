/**
 * Copies one factory, each kind in a step of its own. Reports what failed rather than throwing it, so that neither
 * the other kinds nor the other factories end with it. Deterministic, as every orchestrator.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Failure, Halt, MirrorTarget, Tallies, Tally } from '../catalog/mirror';
import type { FactoryRef, ResourceKind } from '../catalog/resource';
import { run, runAll, type Orchestration } from '../durable/step';
import { waitWhileGoingOn } from './patience-orchestrator';
import { mirroredKinds, mirrorKind, removeFactory } from './steps';
import type { FactoryReport, FactoryResult, FactoryTarget, OpenList } from './travel';

/** A list that Azure keeps putting off is given up in the end; the next sync goes on. */
const mostRounds = 100;

export function* syncFactory(context: OrchestrationContext): Orchestration<FactoryResult> {
  const { rest, ...target } = context.df.getInput<FactoryTarget>();
  const { tenantId, connectorId, factory, runId, mode } = target;
  const common = { tenantId, connectorId, factory, pass: runId, full: mode === 'full' };
  const failures: Record<string, Failure> = { ...rest?.failures };
  let tallies: Tallies = rest?.tallies ?? {};
  let open: readonly OpenList[] = rest?.open ?? mirroredKinds.map((kind) => ({ ...common, kind }));
  try {
    for (let round = 1; open.length > 0 && round <= mostRounds; round++) {
      let halted: Halt | undefined = yield* untilOneMayGoOn(context, target, open);
      if (!halted) {
        const now = context.df.currentUtcDateTime.toISOString();
        const ready = open.filter(({ notBefore = '' }) => notBefore <= now);
        const results = yield* runAll(
          context,
          mirrorKind,
          ready.map(({ notBefore: _notBefore, ...each }): MirrorTarget => each),
        );
        const left: OpenList[] = [];
        for (const [index, { cursor, notBefore, failure, ...result }] of results.entries()) {
          const { notBefore: _, ...kind } = ready[index]!;
          tallies = sum(tallies, result.tallies);
          if (result.halted !== undefined) halted = result.halted;
          if (failure) failures[kind.kind] = failure;
          else if (cursor) left.push({ ...kind, cursor, ...(notBefore && { notBefore }) });
        }
        open = [...open.filter((each) => !ready.includes(each)), ...left];
      }
      if (halted === 'cancelled' && open.length > 0)
        return { outcome: { factory, status: 'cancelled' }, tallies };
      if (halted === 'paused' && open.length > 0) {
        const paused = { open, failures, tallies };
        return { outcome: outcomeOf(factory, failures), tallies, paused };
      }
    }
    for (const { kind } of open) failures[kind] = putOff;
    if (failures['factory']?.code === 'resource_manager_not_found') {
      tallies = yield* run(context, removeFactory, target);
      return { outcome: { factory, status: 'gone' }, tallies };
    }
  } catch {
    // A step threw to the last of its tries; its own log says why.
    failures['factory'] = {
      code: 'factory_broke_off',
      message: 'The factory could not be copied.',
    };
    return { outcome: { factory, status: 'failed', failures }, tallies };
  }
  return { outcome: outcomeOf(factory, failures), tallies };
}

const putOff: Failure = { code: 'list_put_off', message: 'Azure kept putting off this list.' };

function outcomeOf(
  factory: FactoryRef,
  failures: Readonly<Record<string, Failure>>,
): FactoryReport['outcome'] {
  const failed = Object.keys(failures).length;
  if (failed === 0) return { factory, status: 'succeeded' };
  return { factory, status: failed === mirroredKinds.length ? 'failed' : 'partial', failures };
}

/** When every list has to wait, until the first of them may be asked again. */
function* untilOneMayGoOn(
  context: OrchestrationContext,
  target: FactoryTarget,
  open: readonly OpenList[],
): Orchestration<Halt | undefined> {
  const times = open.map(({ notBefore = '' }) => notBefore).sort();
  return times[0] ? yield* waitWhileGoingOn(context, target, times[0]) : undefined;
}

function sum(tallies: Tallies, more: Tallies): Tallies {
  const result: Partial<Record<ResourceKind, Tally>> = { ...tallies };
  for (const [key, tally] of Object.entries(more)) {
    const before = result[key as ResourceKind];
    result[key as ResourceKind] = {
      read: (before?.read ?? 0) + tally.read,
      written: (before?.written ?? 0) + tally.written,
      unchanged: (before?.unchanged ?? 0) + tally.unchanged,
      removed: (before?.removed ?? 0) + tally.removed,
    };
  }
  return result;
}
