/** Explains why a pipeline run failed, from stored runs, the catalog and the change log. */
import type { CatalogStore } from '../../catalog/ports';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { factoryHash, rowKeyOf } from '../../data-factory/resource-id';
import type { ConnectorKey } from '../../storage/connector-key';
import type { PipelineChangeReader, RunHistoryStore, TimedChange } from '../ports';
import { parseRunId, type ActivityRun, type PipelineRun, type RunItem } from '../run';
import type { RunHistoryService } from '../run-history-service';
import type { EarlierRun, ExplainedRun, Gap, RunExplanation } from './explanation';
import { findFailure, type Failure } from './failure-path';
import { definedActivities } from './pipeline-definition';

/** Pipelines that start each other. */
const maxChain = 10;
const maxEarlierRuns = 20;
const maxConcurrentReads = 8;
/** Pages of pipeline runs in which a started run is looked for. */
const maxPages = 5;
const runsPerPage = 200;
const maxChanges = 100;

export class RunExplanationService {
  constructor(
    private readonly runHistory: Pick<RunHistoryService, 'get' | 'list'>,
    private readonly runs: Pick<RunHistoryStore, 'getActivities'>,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly changes: PipelineChangeReader,
  ) {}

  /** Throws NotFoundError. A run that did not fail has a chain of itself, without a failure. */
  async explain(connector: ConnectorKey, id: string): Promise<RunExplanation> {
    const gaps = new Set<Gap>();
    const chain = await this.readChain(connector, id, gaps);
    const [asked, failed] = [chain[0]!, chain.at(-1)!];
    const [earlierRuns, lastSuccess] = await Promise.all([
      this.readEarlierRuns(connector, failed),
      this.readLastSuccess(connector, asked),
    ]);
    const changes = await this.readChanges(connector, chain, lastSuccess?.run.start, gaps);
    return {
      chain,
      earlierRuns,
      ...(lastSuccess && { lastSuccess }),
      changes,
      gaps: [...gaps],
    };
  }

  private async readChain(connector: ConnectorKey, id: string, gaps: Set<Gap>) {
    const chain: ExplainedRun[] = [];
    let next: string | undefined = id;
    while (next !== undefined && chain.length < maxChain) {
      const { activities, ...item } = await this.runHistory.get(connector, next);
      const failure = await this.failureOf(connector, item, activities, gaps);
      chain.push({ ...item, ...(failure && { failure }) });
      next = await this.findStartedRun(connector, item, failure, gaps);
    }
    return chain;
  }

  private async failureOf(
    connector: ConnectorKey,
    { factory, run }: RunItem<PipelineRun>,
    activities: readonly ActivityRun[] | undefined,
    gaps: Set<Gap>,
  ): Promise<Failure | undefined> {
    if (/^succeeded$/i.test(run.status)) return undefined;
    if (!activities) {
      gaps.add('activity_runs_not_read');
      return undefined;
    }
    const row = await this.catalog.get(
      connector,
      factoryHash(factory),
      rowKeyOf('pipeline', run.pipeline),
    );
    if (!row) gaps.add('pipeline_not_in_catalog');
    return findFailure(activities, definedActivities(row?.body));
  }

  /** The id of the pipeline run that the failed activity started, if it started one. */
  private async findStartedRun(
    connector: ConnectorKey,
    { factory }: RunItem<PipelineRun>,
    failure: Failure | undefined,
    gaps: Set<Gap>,
  ): Promise<string | undefined> {
    const { startedRunId, start } = failure?.path.at(-1) ?? {};
    if (startedRunId === undefined || start === undefined) return undefined;
    // The started run begins after its activity, and before the activity ends.
    const { end } = failure!.path.at(-1)!;
    const query = {
      kind: 'pipeline',
      factory: factoryHash(factory),
      from: start,
      to: end,
    } as const;
    let continuation: string | undefined;
    for (let page = 0; page < maxPages; page += 1) {
      const found = await this.runHistory.list(connector, query, {
        limit: runsPerPage,
        ...(continuation !== undefined && { continuation }),
      });
      const started = found.items.find(
        ({ run }) => run.runId.toLowerCase() === startedRunId.toLowerCase(),
      );
      if (started) return started.id;
      continuation = found.continuation;
      if (continuation === undefined) break;
    }
    gaps.add('started_run_not_found');
    return undefined;
  }

  private async readEarlierRuns(
    connector: ConnectorKey,
    { factory, run, failure }: ExplainedRun,
  ): Promise<readonly EarlierRun[]> {
    const failing = failure?.path.at(-1)?.activity.toLowerCase();
    const hash = factoryHash(factory);
    const { items } = await this.runHistory.list(
      connector,
      { kind: 'pipeline', factory: hash, name: run.pipeline, to: run.start },
      { limit: maxEarlierRuns },
    );
    return mapConcurrently(items, maxConcurrentReads, async (item) => {
      const { day } = parseRunId(item.id)!;
      const activities = await this.runs.getActivities(
        { ...connector, factory: hash, day },
        item.run.runId,
      );
      const activity = activities?.findLast((each) => each.activity.toLowerCase() === failing);
      return { ...item, ...(activity && { activity }) };
    });
  }

  private async readLastSuccess(connector: ConnectorKey, { factory, run }: ExplainedRun) {
    const filter = { name: run.pipeline, status: 'Succeeded', to: run.start };
    const { items } = await this.runHistory.list(
      connector,
      { kind: 'pipeline', factory: factoryHash(factory), ...filter },
      { limit: 1 },
    );
    return items[0];
  }

  private async readChanges(
    connector: ConnectorKey,
    chain: readonly ExplainedRun[],
    since: string | undefined,
    gaps: Set<Gap>,
  ): Promise<readonly TimedChange[]> {
    if (since === undefined) return [];
    const [{ factory, run }] = chain as readonly [ExplainedRun];
    const pipelines = [...new Set(chain.map((each) => each.run.pipeline))];
    const window = { from: since, to: run.end ?? run.lastUpdated, limit: maxChanges + 1 };
    const changes = await this.changes.read(connector, factory, pipelines, window);
    if (changes.length > maxChanges) gaps.add('more_changes');
    return changes.slice(0, maxChanges);
  }
}
