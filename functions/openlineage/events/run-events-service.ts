/** Loads what the events of pipeline runs are made of, and makes them. */
import type { CatalogStore } from '../../catalog/ports';
import { factoryHash, rowKeyOf } from '../../data-factory/resource-id';
import { unitKey, type LineageGraph } from '../../lineage/graph/lineage-graph';
import type { RunHistoryStore } from '../../run-history/ports';
import { dayOf, type PipelineRun, type RunItem } from '../../run-history/run';
import type { ConnectorKey } from '../../storage/connector-key';
import { runEvents, type RunEvents } from './run-events';
import { activityPaths } from './static-events';

/** A run starts soon after its trigger. */
const maxTriggerDelayMs = 10 * 60_000;
const maxTriggerRuns = 50;

type Paths = ReadonlyMap<string, string>;

/** Paths of activities by pipeline, loaded once for many runs. */
export type PathCache = Map<string, Promise<Paths>>;

export class RunEventsService {
  constructor(
    private readonly runs: Pick<RunHistoryStore, 'getActivities' | 'list'>,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly producer: string,
  ) {}

  async eventsOf(
    connector: ConnectorKey,
    graph: LineageGraph,
    { factory, run }: RunItem<PipelineRun>,
    paths: PathCache,
  ): Promise<RunEvents & { readonly hasActivities: boolean }> {
    const hash = factoryHash(factory);
    const partition = { ...connector, factory: hash, day: dayOf(run.start) };
    const caller = run.invokedBy?.pipeline;
    const [activities, own, callerPaths, nominalTime] = await Promise.all([
      this.runs.getActivities(partition, run.runId),
      this.pathsOf(connector, hash, run.pipeline, paths),
      caller === undefined ? noPaths : this.pathsOf(connector, hash, caller, paths),
      this.nominalTimeOf(connector, hash, run),
    ]);
    const events = runEvents({
      run,
      activities,
      factory,
      unit: graph.units.get(unitKey(hash, rowKeyOf('pipeline', run.pipeline)))?.unit,
      paths: own,
      callerPaths,
      nominalTime,
      find: (id) => graph.assets.get(id)?.asset,
      producer: this.producer,
    });
    return { ...events, hasActivities: activities !== undefined };
  }

  private pathsOf(
    connector: ConnectorKey,
    factory: string,
    pipeline: string,
    cache: PathCache,
  ): Promise<Paths> {
    const rowKey = rowKeyOf('pipeline', pipeline);
    const key = unitKey(factory, rowKey);
    const known =
      cache.get(key) ??
      this.catalog.get(connector, factory, rowKey).then((row) => activityPaths(row?.body));
    cache.set(key, known);
    return known;
  }

  /** Time of the trigger run that started the pipeline run. */
  private async nominalTimeOf(
    connector: ConnectorKey,
    factory: string,
    { start, runId, invokedBy }: PipelineRun,
  ): Promise<string | undefined> {
    const { type = '', name } = invokedBy ?? {};
    if (name === undefined || !/schedule|tumbling/i.test(type)) return undefined;
    const at = Date.parse(start);
    const from = new Date(at - maxTriggerDelayMs).toISOString();
    const to = new Date(at + 1_000).toISOString();
    for (const day of new Set([dayOf(at), dayOf(at - maxTriggerDelayMs)])) {
      const filter = { kind: 'trigger', name, from, to } as const;
      const partition = { ...connector, factory, day };
      const found = await this.runs.list(partition, filter, { limit: maxTriggerRuns });
      for (const { run } of found)
        if (run.kind === 'trigger' && Object.values(run.started).includes(runId)) return run.start;
    }
    return undefined;
  }
}

const noPaths: Paths = new Map();
