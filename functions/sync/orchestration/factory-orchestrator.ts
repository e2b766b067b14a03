/**
 * Mirrors one factory, each kind of resource in its own step. Failures are returned, not thrown, so
 * that the other kinds and factories are still read. Deterministic.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { MirrorTarget, Quarantine } from '../../catalog/mirror-messages';
import { addTallies } from '../../catalog/tallies';
import { runStep, runStepForEach, type Orchestration } from '../../durable/step';
import type { StopRequest } from '../../durable/stop-request';
import type { FailureInfo } from '../../errors/app-error';
import { failureLine } from '../../errors/log-failure';
import {
  evidenceOf,
  quarantineOfFiltered,
  reportAs,
  reportOf,
  withRunHistoryFailure,
} from './factory-report';
import type {
  FactoryCheckpoint,
  FactoryEndReport,
  FactoryResult,
  FactoryTarget,
  PendingList,
  RunHistoryCheckpoint,
} from './step-messages';
import { mirroredKinds } from './sync-plan';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { syncRunHistory } from './run-history-orchestrator';
import { markGone, mirrorKind, removeFactory, reportFactoryEnd } from './steps';
import { decideRemoval } from '../removal-policy';

/** After so many throttled rounds a list counts as failed. The next sync reads it again. */
const maxRounds = 100;

/** The lists that are not read yet, and the results of the others. */
interface ListsProgress extends FactoryCheckpoint {
  readonly stopRequest?: StopRequest;
}

export function* syncFactory(context: OrchestrationContext): Orchestration<FactoryResult> {
  const target = context.df.getInput<FactoryTarget>();
  const startedAt = context.df.currentUtcDateTime.getTime();
  const result = yield* mirrorFactory(context, target);
  const { checkpoint, paused, ...report } = result;
  const listsAreRead = !checkpoint || checkpoint.pending.length === 0;
  // A sync run of one factory ends with that factory, so the result is recorded once.
  if ((target.factoryCount ?? 1) > 1 && listsAreRead && !paused) {
    const { tenantId, connectorId, syncRunId, expectedObjects } = target;
    // Another instance, with another clock, may have begun.
    const durationMs = Math.max(0, context.df.currentUtcDateTime.getTime() - startedAt);
    yield* reportEnd(context, {
      tenantId,
      connectorId,
      syncRunId,
      report,
      durationMs,
      ...(expectedObjects !== undefined && { expectedObjects }),
      ...(checkpoint && { runHistoryPending: true }),
    });
  }
  return result;
}

function* reportEnd(context: OrchestrationContext, end: FactoryEndReport): Orchestration<void> {
  try {
    yield* runStep(context, reportFactoryEnd, end);
  } catch {
    // Progress is shown later, when the sync run ends. The factory has not failed.
  }
}

function* mirrorFactory(
  context: OrchestrationContext,
  { checkpoint, ...target }: FactoryTarget,
): Orchestration<FactoryResult> {
  if (checkpoint?.pending.length === 0)
    return yield* mirrorRunHistory(context, target, checkpoint, checkpoint.runHistory);
  let progress: ListsProgress = checkpoint ?? {
    pending: listsOf(target),
    failures: {},
    massRemovals: {},
    tallies: {},
  };
  try {
    if (target.filteredOut) {
      const quarantine = quarantineOfFiltered(target);
      return yield* removeAs(context, 'filtered_out', target, quarantine);
    }
    for (let round = 1; progress.pending.length > 0 && round <= maxRounds; round++) {
      progress = yield* readLists(context, target, progress);
      const { stopRequest, ...rest } = progress;
      if (rest.pending.length === 0 || stopRequest === undefined) continue;
      if (stopRequest === 'paused')
        return { ...reportOf(target, rest), checkpoint: rest, paused: true };
      return reportAs('cancelled', target, rest);
    }
    progress = withoutPending(progress);
    const decision = decideRemoval(evidenceOf(target, progress.failures));
    if (decision === 'hide' || decision === 'hold') {
      const quarantine = decision === 'hold' ? 'always' : 'if_mass_removal';
      return yield* removeAs(context, 'removed', target, quarantine);
    }
    yield* updateGoneMark(context, target, progress.failures);
    if (decision === 'no_access') return reportAs('no_access', target, progress);
    if (progress.failures['factory']) return reportOf(target, progress);
  } catch (error) {
    const { instanceId, isReplaying } = context.df;
    if (!isReplaying) context.error(failureLine('factory.interrupted', error, { instanceId }));
    const failures = { ...progress.failures, factory: interrupted };
    return reportAs('failed', target, { ...progress, failures });
  }
  if (target.listsOnly) return { ...reportOf(target, progress), checkpoint: progress };
  return yield* mirrorRunHistory(context, target, progress, undefined);
}

function* removeAs(
  context: OrchestrationContext,
  status: 'removed' | 'filtered_out',
  { tenantId, connectorId, syncRunId, factory }: FactoryTarget,
  quarantine: Quarantine,
): Orchestration<FactoryResult> {
  const removal = { tenantId, connectorId, syncRunId, factory, quarantine };
  const { tallies, massRemovals } = yield* runStep(context, removeFactory, removal);
  return reportAs(status, { factory }, { failures: {}, massRemovals, tallies });
}

/** Unclear evidence changes nothing, so that an outage does not end a row of sync runs. */
function* updateGoneMark(
  context: OrchestrationContext,
  target: Omit<FactoryTarget, 'checkpoint'>,
  failures: ListsProgress['failures'],
): Orchestration<void> {
  const { tenantId, connectorId, syncRunId, factory, goneSinceRun } = target;
  const answer = evidenceOf(target, failures);
  const exists = answer.factory === 'found' || answer.lists === 'read';
  const isGone = !exists && answer.factory === 'gone';
  if ((isGone && goneSinceRun === undefined) || (exists && goneSinceRun !== undefined))
    yield* runStep(context, markGone, { tenantId, connectorId, syncRunId, factory, isGone });
}

/** A failure of run history does not change the result of the lists. */
function* mirrorRunHistory(
  context: OrchestrationContext,
  target: FactoryTarget,
  lists: FactoryCheckpoint,
  before: RunHistoryCheckpoint | undefined,
): Orchestration<FactoryResult> {
  const { failure, stopRequest, ...runHistory } = yield* syncRunHistory(context, target, before);
  const report =
    stopRequest === 'cancelled' ? reportAs('cancelled', target, lists) : reportOf(target, lists);
  const outcome = failure ? withRunHistoryFailure(report.outcome, failure) : report.outcome;
  const result = { ...report, outcome: { ...outcome, runs: runHistory.tally } };
  const checkpoint = { ...lists, runHistory };
  if (stopRequest === 'paused') return { ...result, checkpoint, paused: true };
  const needsMore = target.activityQueries !== undefined && runHistory.tally.remaining > 0;
  return needsMore && !failure && !stopRequest ? { ...result, checkpoint } : result;
}

function listsOf({ tenantId, connectorId, factory, syncRunId, mode }: FactoryTarget) {
  const common = { tenantId, connectorId, factory, syncRunId, full: mode === 'full' };
  return mirroredKinds.map((kind): PendingList => ({ ...common, kind }));
}

/** Reads all lists that are not throttled. If all are, waits until the first of them is not. */
function* readLists(
  context: OrchestrationContext,
  target: FactoryTarget,
  before: ListsProgress,
): Orchestration<ListsProgress> {
  const first = before.pending.map(({ notBefore = '' }) => notBefore).sort()[0];
  const waitStopped = first ? yield* cancellableWait(context, target, first) : undefined;
  if (waitStopped) return { ...before, stopRequest: waitStopped };
  const now = context.df.currentUtcDateTime.toISOString();
  const ready = before.pending.filter(({ notBefore = '' }) => notBefore <= now);
  const results = yield* runStepForEach(
    context,
    mirrorKind,
    ready.map(({ notBefore: _notBefore, ...list }): MirrorTarget => list),
  );
  const pending = before.pending.filter((list) => !ready.includes(list));
  const failures = { ...before.failures };
  const massRemovals = { ...before.massRemovals };
  let { tallies } = before;
  for (const [index, result] of results.entries()) {
    const { cursor, notBefore, failure, massRemoval } = result;
    const { notBefore: _notBefore, ...list } = ready[index]!;
    tallies = addTallies(tallies, result.tallies);
    if (massRemoval) massRemovals[list.kind] = massRemoval;
    if (failure) failures[list.kind] = failure;
    else if (cursor) pending.push({ ...list, cursor, ...(notBefore && { notBefore }) });
  }
  const stopRequest = results.find((result) => result.stopRequest)?.stopRequest;
  return { pending, failures, massRemovals, tallies, ...(stopRequest && { stopRequest }) };
}

/** Lists that are still pending after the last round count as failed. */
function withoutPending(progress: ListsProgress): FactoryCheckpoint {
  const { pending, failures, massRemovals, tallies } = progress;
  const abandoned = Object.fromEntries(pending.map(({ kind }) => [kind, throttled]));
  return { pending: [], failures: { ...failures, ...abandoned }, massRemovals, tallies };
}

const throttled: FailureInfo = {
  code: 'list_throttled',
  message: 'Azure kept throttling this list. The next sync reads it again.',
};
const interrupted: FailureInfo = {
  code: 'factory_interrupted',
  message: 'The factory could not be read. Retry the sync run.',
};
