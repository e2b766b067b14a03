/**
 * Mirrors the run history of one factory: the runs that were updated since the last sync, and the
 * activity runs of those that the policy selects. Writes changed runs only, and the state of the
 * factory last.
 */
import type { CatalogStore } from '../catalog/ports';
import { hashOf } from '../data-factory/canonical-json';
import type { Json } from '../data-factory/json';
import type { CheckStopRequest } from '../durable/stop-request';
import {
  AppError,
  ServiceUnavailableError,
  SupersededError,
  ThrottledError,
} from '../errors/app-error';
import { maxActivityQueries } from './activity-queries';
import { ActivityRunMirror } from './activity-run-mirror';
import type {
  LoadedRunHistory,
  RunHistoryStateStore,
  RunHistoryStore,
  RunPage,
  RunReader,
} from './ports';
import { dayMs, dayOf, runKey, type StoredRun } from './run';
import { extractPipelineRun, extractTriggerRun } from './run-extraction';
import {
  enqueue,
  isInOverlap,
  maxWindowDays,
  windowOf,
  withDays,
  withoutOld,
  type ActivityPolicy,
} from './run-history-state';
import type { RunCursor, RunMirrorResult, RunReport, RunTarget } from './run-mirror-messages';
import { RunHistoryWriter } from './run-history-writer';
import { RunMirrorState } from './run-mirror-state';
import { pageLoop } from './run-page-loop';
import { emptyRunTally } from './run-tallies';
import { redactMessage } from './sensitive-data';

/** Length of a step, well below the timeout of a function. */
const sliceMs = 45_000;
/** A watermark is moved at least this often, so that windows stay short. */
const maxWatermarkAgeMs = 6 * 3_600_000;

export interface RunHistoryRules {
  readonly policy: readonly ActivityPolicy[];
  /** 0 turns run history off. */
  readonly retentionDays: number;
}

type End = Omit<RunMirrorResult, 'tally'>;

export class RunMirrorService {
  private readonly activities: ActivityRunMirror;

  constructor(
    private readonly reader: RunReader,
    private readonly store: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
    catalog: Pick<CatalogStore, 'get'>,
    private readonly rules: RunHistoryRules,
    private readonly now: () => Date,
  ) {
    this.activities = new ActivityRunMirror(reader, catalog);
  }

  /**
   * May be repeated: runs are stored by their ids, and the state is saved last. Throws SupersededError
   * if another step has written since.
   */
  async mirror(
    target: RunTarget,
    checkStopRequest: CheckStopRequest = noStopRequest,
    report: RunReport = noReport,
  ): Promise<RunMirrorResult> {
    if (this.rules.retentionDays === 0) return { tally: emptyRunTally };
    const deadline = this.now().getTime() + sliceMs;
    const loaded = await this.states.loadForSync(target, target.factory);
    const writer = new RunHistoryWriter(target, loaded, this.states, this.store, this.now);
    const first: RunCursor = {
      phase: 'pipeline',
      before: this.now().toISOString(),
      budget: target.activityQueries ?? maxActivityQueries,
    };
    const cursor = target.cursor ?? first;
    const work = new RunMirrorState(target, loaded.state, writer, cursor, deadline, report);
    const end = await this.readUntilDeadline(work, checkStopRequest);
    if (!this.isIdle(loaded, work, end)) await writer.saveState(work.state);
    return { tally: { ...work.tally, remaining: work.state.queue.length }, ...end };
  }

  /**
   * Whether nothing happened since the state was saved, so it need not be saved again: the next window
   * begins at the same watermark.
   */
  private isIdle({ state, version }: LoadedRunHistory, work: RunMirrorState, end: End): boolean {
    const { pipelineRuns, triggerRuns, runsWithActivities } = work.tally;
    const { watermark } = state;
    if (version === undefined || watermark === undefined || Object.keys(end).length > 0)
      return false;
    const isRecent = this.now().getTime() - Date.parse(watermark) < maxWatermarkAgeMs;
    const isSame =
      pipelineRuns + triggerRuns + runsWithActivities === 0 &&
      work.state.queue.length === state.queue.length &&
      work.state.days.length === state.days.length;
    return isRecent && isSame;
  }

  private async readUntilDeadline(
    work: RunMirrorState,
    checkStopRequest: CheckStopRequest,
  ): Promise<End> {
    try {
      for (;;) {
        if (this.now().getTime() > work.deadline) return { cursor: work.cursor };
        const stopRequest = await checkStopRequest();
        if (stopRequest) return { cursor: work.cursor, stopRequest };
        if (work.cursor.phase !== 'activity') await this.readPage(work);
        else if (await this.activities.mirrorBatch(work)) return {};
      }
    } catch (error) {
      if (error instanceof ThrottledError) {
        const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
        return { cursor: work.cursor, notBefore: notBefore.toISOString() };
      }
      const isOurs = error instanceof ServiceUnavailableError || error instanceof SupersededError;
      if (!(error instanceof AppError) || isOurs) throw error;
      return { failure: { code: error.code, message: error.message } };
    }
  }

  /** Reads one page of pipeline or trigger runs. After the last page, the next phase follows. */
  private async readPage(work: RunMirrorState): Promise<void> {
    const { target, cursor } = work;
    const { phase, before, continuation } = cursor;
    const kind = phase === 'trigger' ? 'trigger' : 'pipeline';
    const window = windowOf(work.state, before, this.rules.retentionDays);
    const page = await this.reader
      .readRuns(target, target.factory, kind, window, continuation)
      .catch((error: unknown): RunPage => {
        // A continuation may expire during a wait: read the window once more from its start.
        if (!work.mayRestart(error)) throw error;
        return { runs: [], continuation: '' };
      });
    const next = page.continuation;
    if (next !== undefined && next !== '' && work.hasVisited(`${kind} ${next}`)) throw pageLoop();
    const extract = kind === 'pipeline' ? extractPipelineRun : extractTriggerRun;
    const read = page.runs
      .map((raw) => extract(raw, redactMessage))
      .filter((run): run is StoredRun => run !== undefined);
    await this.storeChanged(work, read);
    const { continuation: _continuation, ...start } = work.cursor;
    if (next === '') work.cursor = start;
    else if (next !== undefined) work.cursor = { ...start, continuation: next };
    else if (phase === 'pipeline') work.cursor = { ...start, phase: 'trigger' };
    else {
      work.cursor = { ...start, phase: 'activity' };
      await this.closeWindow(work);
    }
  }

  /** Stores the runs that changed since they were last read. */
  private async storeChanged(work: RunMirrorState, read: readonly StoredRun[]): Promise<void> {
    const { cursor } = work;
    const recent = { ...work.state.recent };
    const oldestDay = this.oldestDay(cursor.before);
    const changed = read.filter((run) => {
      const updatedAt = run.kind === 'pipeline' ? run.lastUpdated : run.start;
      const version = `${updatedAt} ${hashOf(run as unknown as Json)}`;
      const isUnchanged = recent[runKey(run)] === version;
      if (isInOverlap(updatedAt, cursor.before)) recent[runKey(run)] = version;
      return !isUnchanged && dayOf(run.start) >= oldestDay;
    });
    await work.writer.put(changed);
    const pipelineRuns = changed.filter((run) => run.kind === 'pipeline');
    work.count({
      pipelineRuns: pipelineRuns.length,
      triggerRuns: changed.length - pipelineRuns.length,
    });
    const state = enqueue({ ...work.state, recent }, pipelineRuns, this.rules.policy);
    work.state = withDays(
      state,
      changed.map(({ start }) => start),
    );
  }

  /** The whole window is stored: the next one begins at its end. */
  private async closeWindow(work: RunMirrorState): Promise<void> {
    const { cursor } = work;
    const oldestDay = this.oldestDay(cursor.before);
    const hasOldDays = work.state.days.some((day) => day < oldestDay);
    if (hasOldDays) await work.writer.deleteBefore(oldestDay);
    const state = withoutOld(work.state, oldestDay, cursor.before);
    work.state = { ...state, watermark: cursor.before };
  }

  private oldestDay(before: string): string {
    const days = Math.min(this.rules.retentionDays, maxWindowDays);
    return dayOf(Date.parse(before) - days * dayMs);
  }
}

const noStopRequest: CheckStopRequest = async () => undefined;
const noReport: RunReport = { count: () => undefined, setRemaining: () => undefined };
