/**
 * Reads all lists of one factory into the catalog, for at most about a minute, and decides with their
 * results whether the factory still exists. One call is one step: it may run twice.
 */
import type { FactoryRemovalService } from '../../catalog/factory-removal-service';
import type { MirrorResult, Quarantine } from '../../catalog/mirror/mirror-messages';
import type { MirrorService, MirrorStretch } from '../../catalog/mirror/mirror-service';
import type { EtagMapStore } from '../../catalog/ports';
import { addTallies } from '../../catalog/tallies';
import type { SharedResponses } from '../../data-factory/ports';
import type { FailureInfo } from '../../errors/app-error';
import type { FactoryEndService } from './factory-end-service';
import {
  evidenceOf,
  quarantineOfFiltered,
  reportAs,
  reportOf,
  type FactoryReport,
} from './factory-report';
import type {
  FactoryTarget,
  ListsCheckpoint,
  ListsResult,
  PendingList,
} from '../orchestration/step-messages';
import { mirroredKinds } from '../orchestration/sync-plan';
import type { ProgressReportingService } from '../progress/progress-reporting-service';
import { decideRemoval } from '../removal-policy';
import type { StopRequestService } from '../stop-request-service';

/** Durable gives the message of a step to another worker after a minute. */
const stretchMs = 45_000;
/** A removal that would begin later than this gets a step of its own. */
const concludeWithinMs = 20_000;

export class FactoryListsService {
  constructor(
    private readonly catalogMirror: Pick<MirrorService, 'mirror'>,
    private readonly factoryRemoval: Pick<FactoryRemovalService, 'remove' | 'markGone'>,
    private readonly etagMaps: Pick<EtagMapStore, 'loadFactory'>,
    private readonly progress: Pick<ProgressReportingService, 'track'>,
    private readonly stopRequests: Pick<StopRequestService, 'check'>,
    private readonly ends: Pick<FactoryEndService, 'recordLists'>,
    private readonly now: () => Date,
  ) {}

  /** Idempotent: what an earlier attempt has written is found unchanged, and counts. */
  async mirror({ checkpoint, isLast, ...target }: FactoryTarget): Promise<ListsResult> {
    const begun = this.now();
    const before = checkpoint ?? newCheckpoint(begun);
    const stopRequest = await this.stopRequests.check(target);
    if (stopRequest === 'paused') return { checkpoint: before, stopRequest };
    if (stopRequest === 'cancelled') return this.endCancelled(target, before);
    if (target.filteredOut)
      return this.remove('filtered_out', target, before, quarantineOfFiltered(target));
    const read = isLast ? before : await this.readLists(target, before, begun);
    const { stopRequest: stopped, ...lists } = read as ListsCheckpoint & ListsResult;
    if (stopped === 'cancelled') return this.endCancelled(target, lists);
    if (lists.pending.length > 0 && !isLast) {
      const notBefore = waitOf(lists.pending);
      return {
        checkpoint: lists,
        ...(stopped ? { stopRequest: stopped } : notBefore !== undefined && { notBefore }),
      };
    }
    return this.conclude(target, withoutPending(lists), begun);
  }

  /** Reads every list that is not throttled, all at the same time. */
  private async readLists(
    target: FactoryTarget,
    before: ListsCheckpoint,
    begun: Date,
  ): Promise<ListsCheckpoint & Pick<ListsResult, 'stopRequest'>> {
    const ready = readyLists(before.pending, begun);
    const shared: SharedResponses = new Map();
    const deadline = begun.getTime() + stretchMs;
    const maps = this.etagMaps.loadFactory(target, target.factory);
    const settled = await Promise.allSettled(
      ready.map((list) => {
        const map = maps.then((all) => all.get(list.kind) ?? { entries: new Map(), version: {} });
        return this.readList(target, list, { deadline, shared, map });
      }),
    );
    const results = settled.map((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
    const pending = before.pending.filter((list) => !ready.includes(list));
    const failures = { ...before.failures };
    const massRemovals = { ...before.massRemovals };
    let { tallies } = before;
    for (const [index, result] of results.entries()) {
      const { kind } = ready[index]!;
      const { cursor, notBefore, failure, massRemoval } = result;
      tallies = addTallies(tallies, result.tallies);
      if (massRemoval) massRemovals[kind] = massRemoval;
      if (failure) failures[kind] = failure;
      else if (cursor) pending.push({ kind, cursor, ...(notBefore && { notBefore }) });
    }
    const stopRequest = results.find((each) => each.stopRequest)?.stopRequest;
    const { startedAt } = before;
    const lists = { startedAt, pending, failures, massRemovals, tallies };
    return { ...lists, ...(stopRequest && { stopRequest }) };
  }

  private readList(
    target: FactoryTarget,
    { kind, cursor }: PendingList,
    stretch: MirrorStretch,
  ): Promise<MirrorResult> {
    const { tenantId, connectorId, syncRunId, factory, mode } = target;
    const key = { tenantId, connectorId, syncRunId, factory };
    const list = { ...key, kind, full: mode === 'full', ...(cursor && { cursor }) };
    return this.progress.track(key, kind, ({ count }) =>
      this.catalogMirror.mirror(
        list,
        (of, { read = 0, written = 0 }) =>
          count({ read, written, objects: of === 'activity' ? 0 : read }),
        () => this.stopRequests.check(target),
        stretch,
      ),
    );
  }

  private async conclude(
    target: FactoryTarget,
    lists: ListsCheckpoint,
    begun: Date,
  ): Promise<ListsResult> {
    const decision = decideRemoval(evidenceOf(target, lists.failures));
    if (decision === 'hide' || decision === 'hold') {
      if (this.isLate(begun)) return { checkpoint: lists };
      const quarantine = decision === 'hold' ? 'always' : 'if_mass_removal';
      return this.remove('removed', target, lists, quarantine);
    }
    await this.updateGoneMark(target, lists.failures);
    if (decision === 'no_access')
      return this.end(target, reportAs('no_access', target, lists), lists);
    const report = reportOf(target, lists);
    if (lists.failures['factory']) return this.end(target, report, lists);
    const { startedAt } = lists;
    await this.ends.recordLists(target, report, { startedAt, hasRunHistory: true });
    return { hasRunHistory: true, ...staleness(target, lists) };
  }

  private isLate(begun: Date): boolean {
    return this.now().getTime() - begun.getTime() > concludeWithinMs;
  }

  /** Unclear evidence changes nothing, so that an outage does not end a row of sync runs. */
  private async updateGoneMark(
    target: FactoryTarget,
    failures: ListsCheckpoint['failures'],
  ): Promise<void> {
    const { tenantId, connectorId, syncRunId, factory, goneSinceRun } = target;
    const answer = evidenceOf(target, failures);
    const exists = answer.factory === 'found' || answer.lists === 'read';
    const isGone = !exists && answer.factory === 'gone';
    if ((isGone && goneSinceRun === undefined) || (exists && goneSinceRun !== undefined))
      await this.factoryRemoval.markGone({ tenantId, connectorId, syncRunId, factory, isGone });
  }

  private async remove(
    status: 'removed' | 'filtered_out',
    target: FactoryTarget,
    { startedAt }: ListsCheckpoint,
    quarantine: Quarantine,
  ): Promise<ListsResult> {
    const { tenantId, connectorId, syncRunId, factory } = target;
    const removal = { tenantId, connectorId, syncRunId, factory, quarantine };
    const { tallies, massRemovals } = await this.factoryRemoval.remove(removal);
    const results = { startedAt, pending: [], failures: {}, massRemovals, tallies };
    return this.end(target, reportAs(status, target, results), results);
  }

  private async endCancelled(target: FactoryTarget, lists: ListsCheckpoint): Promise<ListsResult> {
    await this.end(target, reportAs('cancelled', target, lists), lists);
    return { stopRequest: 'cancelled' };
  }

  private async end(
    target: FactoryTarget,
    report: FactoryReport,
    lists: ListsCheckpoint,
  ): Promise<ListsResult> {
    const { startedAt } = lists;
    await this.ends.recordLists(target, report, { startedAt, hasRunHistory: false });
    return staleness(target, lists);
  }
}

/** An idle sync run does not look at derived data. A full one looks at all of it. */
function staleness(
  { mode, derivedIsStale }: FactoryTarget,
  { tallies }: ListsCheckpoint,
): Pick<ListsResult, 'derivedIsStale'> {
  const hasChanged = Object.values(tallies).some(
    ({ written, removed }) => written > 0 || removed > 0,
  );
  return hasChanged || derivedIsStale || mode === 'full' ? { derivedIsStale: true } : {};
}

const newCheckpoint = (now: Date): ListsCheckpoint => ({
  startedAt: now.toISOString(),
  pending: mirroredKinds.map((kind) => ({ kind })),
  failures: {},
  massRemovals: {},
  tallies: {},
});

/** The orchestrator waits by the clock of Durable. If all lists seem too early, the first is not. */
function readyLists(pending: readonly PendingList[], now: Date): readonly PendingList[] {
  const time = now.toISOString();
  const ready = pending.filter(({ notBefore = '' }) => notBefore <= time);
  const first = waitOf(pending);
  return ready.length > 0 ? ready : pending.filter(({ notBefore }) => notBefore === first);
}

/** The earliest time at which one of the lists may be read. Undefined if one may be read now. */
const waitOf = (pending: readonly PendingList[]): string | undefined =>
  pending.map(({ notBefore }) => notBefore ?? '').sort()[0] || undefined;

/** Lists that are still pending after the last step count as failed. */
function withoutPending({ pending, failures, ...lists }: ListsCheckpoint): ListsCheckpoint {
  const abandoned = Object.fromEntries(pending.map(({ kind }) => [kind, throttled]));
  return { ...lists, pending: [], failures: { ...failures, ...abandoned } };
}

const throttled: FailureInfo = {
  code: 'list_throttled',
  message: 'Azure kept throttling this list. The next sync reads it again.',
};
