/**
 * Copies one factory, each kind in a step of its own. Reports what failed rather than throwing it, so that neither
 * the other kinds nor the other factories end with it. Deterministic, as every orchestrator.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Alarm, Failure, MirrorTarget } from '../../catalog/mirror-messages';
import type { StopRequest } from '../../durable/stop-request';
import type { Tallies, Tally } from '../../catalog/tallies';
import type { ResourceKind } from '../../data-factory/resource';
import { runStep, runStepForEach, type Orchestration } from '../../durable/step';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { syncRunHistory } from './run-history-orchestrator';
import { mirroredKinds, mirrorKind, removeFactory, reportFactoryEnd } from './steps';
import type { FactoryStatus } from '../sync-run';
import type {
  FactoryEndReport,
  FactoryReport,
  FactoryCheckpoint,
  FactoryResult,
  FactoryTarget,
  PendingList,
  RunHistoryCheckpoint,
} from '../step-messages';

/** A list that Azure keeps putting off is given up in the end; the next sync goes on. */
const mostRounds = 100;
const gone = 'resource_manager_not_found';
const refused = 'resource_manager_access_denied';

/** How far a factory is: lists still to be read, and what came of the others. */
interface Standing extends FactoryCheckpoint {
  readonly halted?: StopRequest;
}

export function* syncFactory(context: OrchestrationContext): Orchestration<FactoryResult> {
  const target = context.df.getInput<FactoryTarget>();
  const began = context.df.currentUtcDateTime.getTime();
  const result = yield* mirrorFactory(context, target);
  const { checkpoint, paused, ...report } = result;
  const isRead = !checkpoint || checkpoint.pending.length === 0;
  // The only factory of a run ends when the run does.
  if ((target.factoryCount ?? 1) > 1 && isRead && !paused) {
    const { tenantId, connectorId, syncRunId, expectedObjects } = target;
    const durationMs = context.df.currentUtcDateTime.getTime() - began;
    const known = expectedObjects === undefined ? {} : { expected: expectedObjects };
    const rest = checkpoint ? { runHistoryPending: true as const } : {};
    yield* tellEnd(context, {
      tenantId,
      connectorId,
      syncRunId,
      report,
      durationMs,
      ...known,
      ...rest,
    });
  }
  return result;
}

function* tellEnd(context: OrchestrationContext, end: FactoryEndReport): Orchestration<void> {
  try {
    yield* runStep(context, reportFactoryEnd, end);
  } catch {
    // Those who watch learn it with the end of the run; a factory that was copied has not failed for that.
  }
}

function* mirrorFactory(
  context: OrchestrationContext,
  { checkpoint, ...target }: FactoryTarget,
): Orchestration<FactoryResult> {
  const { factory, missing } = target;
  let standing: Standing = checkpoint ?? { pending: listsOf(target), failures: {}, massRemovals: {}, tallies: {} };
  try {
    if (target.filteredOut) {
      const tallies = yield* runStep(context, removeFactory, target);
      return { outcome: { factory, status: 'filtered_out' }, tallies };
    }
    for (let round = 1; standing.pending.length > 0 && round <= mostRounds; round++) {
      standing = yield* readOnce(context, target, standing);
      const { halted, ...left } = standing;
      if (left.pending.length === 0 || halted === undefined) continue;
      if (halted === 'paused') return { ...reportOf(target, standing), checkpoint: left, paused: true };
      return endedAs('cancelled', target, standing);
    }
    standing = withoutOpen(standing);
    const failure = standing.failures['factory'];
    if (failure?.code === gone) {
      const tallies = yield* runStep(context, removeFactory, target);
      return { ...endedAs('gone', target, { ...standing, failures: {} }), tallies };
    }
    // It answers, so discovery may be blind: what is hidden is held.
    if (missing && !failure) {
      const tallies = yield* runStep(context, removeFactory, { ...target, quarantined: true });
      return { outcome: { factory, status: 'gone', massRemovals: allOf(tallies) }, tallies };
    }
    if (failure) return reportOf(target, standing);
  } catch {
    // A step threw to the last of its tries; its own log says why.
    const failures = { ...standing.failures, factory: brokeOff };
    return endedAs('failed', target, { ...standing, failures });
  }
  if (target.listsOnly) return { ...reportOf(target, standing), checkpoint: standing };
  return yield* mirrorRunHistory(context, target, standing, checkpoint?.runHistory);
}

/** Lists that are read stay read, whatever becomes of the run history. */
function* mirrorRunHistory(
  context: OrchestrationContext,
  target: FactoryTarget,
  standing: FactoryCheckpoint,
  before: RunHistoryCheckpoint | undefined,
): Orchestration<FactoryResult> {
  const { failure, halted, ...so } = yield* syncRunHistory(context, target, before);
  const isCancelled = halted === 'cancelled';
  const report = isCancelled ? endedAs(halted, target, standing) : reportOf(target, standing);
  const outcome = failure ? shortOfRuns(report.outcome, failure) : report.outcome;
  const result = { ...report, outcome: { ...outcome, runs: so.tally } };
  return halted === 'paused'
    ? { ...result, checkpoint: { ...standing, runHistory: so }, paused: true }
    : result;
}

const shortOfRuns = (
  { status, failures, ...outcome }: FactoryReport['outcome'],
  failure: Failure,
): FactoryReport['outcome'] => ({
  ...outcome,
  status: status === 'succeeded' ? 'partial' : status,
  failures: { ...failures, runs: failure },
});

/** Of a factory that two runs have missed only the factory itself: it shows whether the others are worth asking. */
function listsOf({ tenantId, connectorId, factory, syncRunId, mode, missing }: FactoryTarget) {
  const common = { tenantId, connectorId, factory, pass: syncRunId, full: mode === 'full' };
  const kinds = missing ? mirroredKinds.filter((kind) => kind === 'factory') : mirroredKinds;
  return kinds.map((kind): PendingList => ({ ...common, kind }));
}

/** Every list that may be asked now, side by side. When all have to wait, until the first of them may. */
function* readOnce(
  context: OrchestrationContext,
  target: FactoryTarget,
  before: Standing,
): Orchestration<Standing> {
  const first = before.pending.map(({ notBefore = '' }) => notBefore).sort()[0];
  const halted = first ? yield* cancellableWait(context, target, first) : undefined;
  if (halted) return { ...before, halted };
  const now = context.df.currentUtcDateTime.toISOString();
  const ready = before.pending.filter(({ notBefore = '' }) => notBefore <= now);
  const results = yield* runStepForEach(
    context,
    mirrorKind,
    ready.map(({ notBefore: _notBefore, ...each }): MirrorTarget => each),
  );
  const open = before.pending.filter((each) => !ready.includes(each));
  const failures = { ...before.failures };
  const alarms = { ...before.massRemovals };
  let { tallies } = before;
  for (const [index, { cursor, notBefore, failure, alarm, ...result }] of results.entries()) {
    const { notBefore: _, ...list } = ready[index]!;
    tallies = sum(tallies, result.tallies);
    if (alarm) alarms[list.kind] = alarm;
    if (failure) failures[list.kind] = failure;
    else if (cursor) open.push({ ...list, cursor, ...(notBefore && { notBefore }) });
  }
  const halt = results.find((result) => result.halted !== undefined)?.halted;
  return { pending: open, failures, massRemovals: alarms, tallies, ...(halt && { halted: halt }) };
}

/** Lists that are still open are given up. */
function withoutOpen({ pending, failures, massRemovals, tallies }: Standing): FactoryCheckpoint {
  const given = Object.fromEntries(pending.map(({ kind }) => [kind, putOff]));
  return { pending: [], failures: { ...failures, ...given }, massRemovals, tallies };
}

const putOff: Failure = { code: 'list_throttled', message: 'Azure kept putting off this list.' };
const brokeOff: Failure = {
  code: 'factory_interrupted',
  message: 'The factory could not be copied.',
};

/** An alarm for every kind. One for the factory is raised even when an earlier try of the step has hidden everything. */
function allOf(tallies: Tallies): Readonly<Record<string, Alarm>> {
  const alarms: Record<string, Alarm> = { factory: { removed: 1, of: 1 } };
  for (const [kind, { removed }] of Object.entries(tallies))
    // Activities vanish with their pipelines.
    if (kind !== 'activity' && removed > 0) alarms[kind] = { removed, of: removed };
  return alarms;
}

function reportOf(
  { factory, missing }: FactoryTarget,
  { failures, massRemovals, tallies }: FactoryCheckpoint,
): FactoryReport {
  const codes = Object.values(failures).map(({ code }) => code);
  const whole = codes.length === (missing ? 1 : mirroredKinds.length);
  const warned = Object.keys(massRemovals).length > 0 ? { alarms: massRemovals } : {};
  if (codes.length === 0) return { outcome: { factory, status: 'succeeded', ...warned }, tallies };
  const denied = whole && codes.every((code) => code === refused);
  const status = denied ? 'no_access' : whole ? 'failed' : 'partial';
  return { outcome: { factory, status, failures, ...warned }, tallies };
}

/** However it ended: what its alarms hold waits for somebody who sees them. */
function endedAs(
  status: FactoryStatus,
  target: FactoryTarget,
  standing: FactoryCheckpoint,
): FactoryReport {
  const { outcome, tallies } = reportOf(target, standing);
  return { outcome: { ...outcome, status }, tallies };
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
