/**
 * Sends the events of pipeline runs that were stored since the last pass. A pass reads the runs that
 * started after the watermark of the last one, and the runs that had not ended by then.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { factoryHash } from '../../data-factory/resource-id';
import type { RunHistoryStateStore, RunHistoryStore } from '../../run-history/ports';
import {
  dayOfKey,
  isFinished,
  runIdOf,
  runKey,
  type PipelineRun,
  type RunItem,
} from '../../run-history/run';
import type { RunHistoryService } from '../../run-history/run-history-service';
import type { PathCache, RunEventsService } from '../events/run-events-service';
import type { PushSlice } from './push-slice';
import type { RunStage, SentRecord } from './sent-record';
import { maxConcurrentSends } from './static-push-service';

const runsPerPage = 100;
/** Data Factory lists runs late, so passes overlap. */
const overlapMs = 3_600_000;
/** A run ends within seven days, or it is not asked for any more. */
const maxOpenMs = 8 * 86_400_000;

interface Pass {
  readonly slice: PushSlice;
  readonly record: SentRecord;
  /** Keys of runs whose activity runs are still to be read. */
  readonly queued: ReadonlySet<string>;
  readonly paths: PathCache;
}

export class RunPushService {
  constructor(
    private readonly states: Pick<RunHistoryStateStore, 'load'>,
    private readonly runs: Pick<RunHistoryStore, 'get'>,
    private readonly history: Pick<RunHistoryService, 'list'>,
    private readonly events: RunEventsService,
  ) {}

  /** True if everything is sent. */
  async push(slice: PushSlice, record: SentRecord): Promise<boolean> {
    if (!slice.receiver.kinds.includes('run')) return true;
    const { state } = await this.states.load(slice.connector, record.factory);
    if (state.watermark === undefined) return true;
    const queued = new Set(state.queue.map(({ key }) => key));
    const pass = { slice, record, queued, paths: new Map() };
    if (record.runs.to === undefined) {
      await this.sendOpenRuns(pass);
      if (record.runs.watermark === state.watermark) return true;
      record.setRuns({ ...record.runs, to: state.watermark });
    }
    return this.sendNewRuns(pass);
  }

  private async sendNewRuns(pass: Pass): Promise<boolean> {
    const { slice, record } = pass;
    const { watermark, to } = record.runs;
    const from = watermark === undefined ? slice.receiver.runsFrom : before(watermark);
    const query = {
      kind: 'pipeline',
      factory: factoryHash(record.factory),
      from: from > slice.receiver.runsFrom ? from : slice.receiver.runsFrom,
    } as const;
    for (;;) {
      if (slice.isOver()) return false;
      const { next } = record.runs;
      const page = await this.history.list(slice.connector, query, {
        limit: runsPerPage,
        ...(next !== undefined && { continuation: next }),
      });
      await this.send(pass, page.items);
      const { next: _next, ...position } = record.runs;
      if (page.continuation === undefined) break;
      record.setRuns({ ...position, next: page.continuation });
      await record.save();
    }
    record.forgetEndedRuns(before(to!));
    record.setRuns({ watermark: to! });
    await record.save();
    return true;
  }

  private async sendOpenRuns(pass: Pass): Promise<void> {
    const { slice, record } = pass;
    const { connector } = slice;
    const factory = factoryHash(record.factory);
    const found = await mapConcurrently(record.openRuns(), maxConcurrentSends, async (key) => {
      const partition = { ...connector, factory, day: dayOfKey(key)! };
      const run = await this.runs.get(partition, key);
      const isOld = run && slice.now().getTime() - Date.parse(run.start) > maxOpenMs;
      if (!run || isOld) record.forgetRun(key);
      return run?.kind === 'pipeline' && !isOld
        ? [{ id: runIdOf(factory, run), factory: record.factory, run }]
        : [];
    });
    await this.send(pass, found.flat());
  }

  private async send(pass: Pass, items: readonly RunItem<PipelineRun>[]): Promise<void> {
    try {
      await forEachConcurrently(items, maxConcurrentSends, (item) => this.sendRun(pass, item));
    } finally {
      // Also what was sent before the receiver failed.
      await pass.record.save();
    }
  }

  private async sendRun(
    { slice, record, queued, paths }: Pass,
    item: RunItem<PipelineRun>,
  ): Promise<void> {
    const { run } = item;
    const key = runKey(run);
    const sent = record.stage(key);
    if (sent === 'complete' || (sent === 'started' && !isFinished(run))) return;
    const { connector, graph, client } = slice;
    const events = await this.events.eventsOf(connector, graph, item, paths);
    const { start, activities, end, hasActivities } = events;
    await client.send([
      ...(sent === undefined ? start : []),
      ...activities,
      ...(sent === undefined || sent === 'started' ? end : []),
    ]);
    const stage: RunStage = !isFinished(run)
      ? 'started'
      : hasActivities
        ? 'complete'
        : queued.has(key)
          ? 'queued'
          : 'ended';
    record.setStage(key, stage, run.start);
  }
}

const before = (time: string): string => new Date(Date.parse(time) - overlapMs).toISOString();
