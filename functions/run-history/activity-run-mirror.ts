/** Mirrors the activity runs of queued pipeline runs, with one query per pipeline run. */
import type { CatalogStore } from '../catalog/ports';
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { factoryHash } from '../data-factory/resource-id';
import { NotFoundError } from '../errors/app-error';
import type { RunPage, RunReader } from './ports';
import { dayMs, dayOfKey, type ActivityRun } from './run';
import { extractActivityRun } from './run-extraction';
import type { QueuedRun } from './run-history-state';
import type { RunMirrorState } from './run-mirror-state';
import { pageLoop } from './run-page-loop';
import { redactMessage, secureActivities } from './sensitive-data';

/** Concurrent queries about one factory. The reader may allow fewer. */
const maxConcurrentQueries = 4;
const runsPerBatch = 4 * maxConcurrentQueries;

export class ActivityRunMirror {
  constructor(
    private readonly reader: Pick<RunReader, 'readActivityRuns'>,
    private readonly catalog: Pick<CatalogStore, 'get'>,
  ) {}

  /** Reads a few runs of the queue. True if this sync run reads no more of them. */
  async mirrorBatch(work: RunMirrorState): Promise<boolean> {
    const { budget } = work.cursor;
    work.reportRemaining();
    const batch = work.state.queue.slice(0, Math.min(runsPerBatch, budget));
    if (batch.length === 0) return true;
    const done = new Set<string>();
    try {
      await forEachConcurrently(batch, maxConcurrentQueries, async (run) => {
        await this.mirrorRun(work, run);
        done.add(run.pipelineRunId);
      });
    } finally {
      const queue = work.state.queue.filter(({ pipelineRunId }) => !done.has(pipelineRunId));
      work.state = { ...work.state, queue };
      work.cursor = { ...work.cursor, budget: budget - done.size };
      work.count({ runsWithActivities: done.size });
      work.reportRemaining();
    }
    return false;
  }

  private async mirrorRun(work: RunMirrorState, run: QueuedRun): Promise<void> {
    const { target } = work;
    const { pipelineRunId, key, pipeline } = run;
    const isSecure = await work.secureActivitiesOf(pipeline, () =>
      secureActivities(this.catalog, target, factoryHash(target.factory), pipeline),
    );
    const activities = await this.read(work, run, isSecure).catch(unlessDeleted);
    if (!activities) return;
    await work.writer.putActivities(dayOfKey(key)!, pipelineRunId, activities);
  }

  private async read(
    { target }: RunMirrorState,
    { pipelineRunId, start, end }: QueuedRun,
    isSecure: (activity: string) => boolean,
  ): Promise<ActivityRun[]> {
    const window = {
      after: new Date(Date.parse(start) - dayMs).toISOString(),
      before: new Date(Date.parse(end) + dayMs).toISOString(),
    };
    const activities: ActivityRun[] = [];
    const visited = new Set<string>();
    let continuation: string | undefined;
    do {
      const page: RunPage = await this.reader.readActivityRuns(
        target,
        target.factory,
        pipelineRunId,
        window,
        continuation,
      );
      activities.push(
        ...page.runs.flatMap((raw) => extractActivityRun(raw, redactMessage, isSecure) ?? []),
      );
      continuation = page.continuation;
      if (continuation !== undefined && visited.has(continuation)) throw pageLoop();
      if (continuation !== undefined) visited.add(continuation);
    } while (continuation);
    return activities;
  }
}

/** Data Factory may have deleted the run since it was queued. */
function unlessDeleted(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
