/**
 * Copies the run history of one factory: what was updated since the last look, and the activities of runs that are
 * worth a query. Only what changed is written, but for the row that says how far it went.
 */
import { hashOf } from '../data-factory/canonical-json';
import type { CheckStopRequest } from '../durable/stop-request';
import type { CatalogStore } from '../catalog/ports';
import type { Json } from '../data-factory/json';
import { factoryHash } from '../data-factory/resource-id';
import {
  AppError,
  NotFoundError,
  ServiceUnavailableError,
  ThrottledError,
  UpstreamError,
} from '../errors/app-error';
import { redactMessage, secureActivities } from './sensitive-data';
import type { RunPage, RunReader, RunHistoryStateStore, RunHistoryStore } from './ports';
import { extractActivityRun, extractPipelineRun, extractTriggerRun } from './run-extraction';
import { dayMs, dayOf, dayOfKey, runKey, type ActivityRun, type StoredRun } from './run';
import {
  emptyRunTally,
  type RunMirrorResult,
  type RunCursor,
  type RunReport,
  type RunTarget,
} from './run-mirror-messages';
import {
  isInOverlap,
  maxWindowDays,
  withoutOld,
  enqueue,
  windowOf,
  withDays,
  type ActivityPolicy,
  type QueuedRun,
} from './run-history-state';
import { RunMirrorState } from './run-mirror-state';

/** Well under the time-out of a function; what is left is read by the next call. */
const budgetInMs = 45_000;
/** Queries for activities in one sync, over all its factories. */
const activityQueries = 200;
/** As many as Data Factory is ever asked at once about one factory; the reader decides how many it bears. */
const widest = 4;

export interface RunHistoryRules {
  readonly policy: readonly ActivityPolicy[];
  readonly retentionDays: number;
}

type End = Omit<RunMirrorResult, 'tally'>;

export class RunMirrorService {
  constructor(
    private readonly reader: RunReader,
    private readonly runs: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly rules: RunHistoryRules,
    private readonly now: () => Date,
  ) {}

  /** May be repeated: runs are stored under their ids, and the state moves on last. */
  async mirror(
    target: RunTarget,
    checkStopRequest: CheckStopRequest = goOn,
    report: RunReport = toNobody,
  ): Promise<RunMirrorResult> {
    if (this.rules.retentionDays === 0) return { tally: emptyRunTally };
    const deadline = this.now().getTime() + budgetInMs;
    const state = await this.states.load(target, target.factory);
    const first: RunCursor = {
      phase: 'pipeline',
      before: this.now().toISOString(),
      budget: Math.max(1, Math.floor(activityQueries / Math.max(1, target.factoryCount))),
    };
    const readUntilDue = new RunMirrorState(target, state, target.cursor ?? first, deadline, report);
    const end = await this.work(readUntilDue, checkStopRequest);
    await this.states.save(target, target.factory, readUntilDue.state);
    return { tally: { ...readUntilDue.tally, remaining: readUntilDue.state.queue.length }, ...end };
  }

  private async work(work: RunMirrorState, checkStopRequest: CheckStopRequest): Promise<End> {
    try {
      for (;;) {
        const late = this.now().getTime() > work.deadline;
        if (late) return { cursor: work.cursor };
        const halted = await checkStopRequest();
        if (halted) return { cursor: work.cursor, halted };
        const done =
          work.cursor.phase === 'activity'
            ? await this.readActivities(work)
            : await this.readPage(work);
        if (done) return {};
      }
    } catch (error) {
      if (error instanceof ThrottledError) {
        const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
        return { cursor: work.cursor, notBefore: notBefore.toISOString() };
      }
      if (error instanceof AppError && !(error instanceof ServiceUnavailableError))
        return { failure: { code: error.code, message: error.message } };
      throw error;
    }
  }

  /** One page of runs; after the last of a kind the next kind's turn comes. Never the end. */
  private async readPage(work: RunMirrorState): Promise<false> {
    const { target, cursor } = work;
    const { phase, before, continuation } = cursor;
    const kind = phase === 'trigger' ? 'trigger' : 'pipeline';
    const window = windowOf(work.state, before, this.rules.retentionDays);
    const page = await this.reader
      .readRuns(target, target.factory, kind, window, continuation)
      .catch((error: unknown): RunPage => {
        // Tokens may expire while we wait: the window is then read once more from its beginning.
        if (!work.mayRestart(error)) throw error;
        return { runs: [], continuation: '' };
      });
    const next = page.continuation;
    if (next !== undefined && next !== '' && work.hasVisited(`${kind} ${next}`)) throw repeated();
    const clean = redactMessage;
    const read = page.runs
      .map((raw) =>
        kind === 'pipeline' ? extractPipelineRun(raw, clean) : extractTriggerRun(raw, clean),
      )
      .filter((run): run is StoredRun => run !== undefined);
    await this.storeChanged(work, read);
    const { continuation: _, ...rest } = work.cursor;
    if (next === '') work.cursor = rest;
    else if (next !== undefined) work.cursor = { ...rest, continuation: next };
    else if (phase === 'pipeline') work.cursor = { ...rest, phase: 'trigger' };
    else {
      work.cursor = { ...rest, phase: 'activity' };
      await this.closeWindow(work);
    }
    return false;
  }

  /** Runs that are not what they were at the last look. */
  private async storeChanged(work: RunMirrorState, read: readonly StoredRun[]): Promise<void> {
    const { target, cursor } = work;
    const recent = { ...work.state.recent };
    const oldest = this.oldestDay(cursor.before);
    const changed = read.filter((run) => {
      const updated = run.kind === 'pipeline' ? run.lastUpdated : run.start;
      const version = `${updated} ${hashOf(run as unknown as Json)}`;
      const same = recent[runKey(run)] === version;
      if (isInOverlap(updated, cursor.before)) recent[runKey(run)] = version;
      return !same && dayOf(run.start) >= oldest;
    });
    await this.runs.put(target, target.factory, changed);
    const pipelineRuns = changed.filter((run) => run.kind === 'pipeline');
    work.count({
      pipelineRuns: pipelineRuns.length,
      triggerRuns: changed.length - pipelineRuns.length,
    });
    const inLine = enqueue({ ...work.state, recent }, pipelineRuns, this.rules.policy);
    work.state = withDays(
      inLine,
      changed.map(({ start }) => start),
    );
  }

  /** Everything of the window is stored, so the next one may begin where it ends. */
  private async closeWindow(work: RunMirrorState): Promise<void> {
    const { target, cursor } = work;
    const oldest = this.oldestDay(cursor.before);
    const outdated = work.state.days.some((day) => day < oldest);
    if (outdated) await this.runs.deleteBefore(target, target.factory, oldest);
    work.state = { ...withoutOld(work.state, oldest, cursor.before), watermark: cursor.before };
  }

  /** A few runs of the queue. True when there is no more to do for this sync. */
  private async readActivities(work: RunMirrorState): Promise<boolean> {
    const { budget } = work.cursor;
    work.reportRemaining();
    const batch = work.state.queue.slice(0, Math.min(widest * 4, budget));
    if (batch.length === 0) return true;
    const waiting = [...batch];
    const done = new Set<string>();
    let failure: unknown;
    const worker = async () => {
      for (let run = waiting.shift(); run && failure === undefined; run = waiting.shift())
        try {
          await this.readActivitiesOf(work, run);
          done.add(run.pipelineRunId);
        } catch (error) {
          failure ??= error;
        }
    };
    await Promise.all(Array.from({ length: widest }, worker));
    const queue = work.state.queue.filter(({ pipelineRunId }) => !done.has(pipelineRunId));
    work.state = { ...work.state, queue };
    work.cursor = { ...work.cursor, budget: budget - done.size };
    work.count({ runsWithActivities: done.size });
    work.reportRemaining();
    if (failure !== undefined) throw failure as Error;
    return false;
  }

  private async readActivitiesOf(
    work: RunMirrorState,
    { pipelineRunId, key, pipeline, start, end }: QueuedRun,
  ): Promise<void> {
    const { target } = work;
    const factory = factoryHash(target.factory);
    const window = {
      after: new Date(Date.parse(start) - dayMs).toISOString(),
      before: new Date(Date.parse(end) + dayMs).toISOString(),
    };
    const secret = await work.secureActivitiesOf(pipeline, () =>
      secureActivities(this.catalog, target, factory, pipeline),
    );
    const activities: ActivityRun[] = [];
    const seen = new Set<string>();
    try {
      for (let continuation: string | undefined, first = true; first || continuation;) {
        first = false;
        const page: RunPage = await this.reader.readActivityRuns(
          target,
          target.factory,
          pipelineRunId,
          window,
          continuation,
        );
        activities.push(
          ...page.runs.flatMap((raw) => extractActivityRun(raw, redactMessage, secret) ?? []),
        );
        continuation = page.continuation;
        if (continuation !== undefined && seen.has(continuation)) throw repeated();
        if (continuation !== undefined) seen.add(continuation);
      }
    } catch (error) {
      // Gone from Data Factory in the meantime: nobody needs to ask again.
      if (error instanceof NotFoundError) return;
      throw error;
    }
    const place = { ...target, factory, day: dayOfKey(key)! };
    await this.runs.putActivities(place, pipelineRunId, activities);
  }

  private oldestDay(before: string): string {
    const days = Math.min(this.rules.retentionDays, maxWindowDays);
    return dayOf(Date.parse(before) - days * dayMs);
  }
}

const goOn: CheckStopRequest = async () => undefined;
const toNobody: RunReport = { count: () => undefined, setRemaining: () => undefined };

const repeated = () =>
  new UpstreamError(
    'run_query_page_loop',
    'A query for runs leads back to an earlier page.',
    false,
  );
