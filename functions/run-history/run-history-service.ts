/**
 * Reads stored run history: lists over all factories of a connector, and single runs with
 * activities.
 */
import type { Stretch } from '../concurrency/stretch';
import { matchesFactory } from '../catalog/multi-factory-paging';
import { mapConcurrently } from '../concurrency/map-concurrently';
import type { ConnectorKey } from '../storage/connector-key';
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import type { FactoryHistory, RunFilter, RunHistoryStateStore, RunHistoryStore } from './ports';
import {
  dayOf,
  parseRunId,
  runIdOf,
  runKey,
  type ActivityRun,
  type PipelineRun,
  type RunItem,
  type RunKind,
  type RunOf,
} from './run';

export interface RunQuery<K extends RunKind = RunKind> extends RunFilter {
  readonly kind: K;
  /** Name, ARM id or hash of a factory, without case. */
  readonly factory?: string | undefined;
}

/** Factories that are read concurrently for one day. */
const maxConcurrentFactories = 8;
/** Partitions, one per factory and day, after which a page ends, also with few runs or none. */
const maxPartitions = 200;

export class RunHistoryService {
  constructor(
    private readonly runs: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
  ) {}

  /** Newest first. Reads day by day, and merges the factories within a day. */
  async list<K extends RunKind>(
    connector: ConnectorKey,
    { factory, ...filter }: RunQuery<K>,
    { limit, continuation }: PageRequest,
  ): Promise<Page<RunItem<RunOf<K>>>> {
    const [startDay, after] = continuation?.split(' ') ?? [];
    const [from, to] = [filter.from && dayOf(filter.from), filter.to && dayOf(filter.to)];
    const histories = (await this.states.listFactories(connector)).filter(
      (each) => each.hash === factory?.toLowerCase() || matchesFactory(each, factory),
    );
    const days = [...new Set(histories.flatMap((each) => each.days))]
      .filter((day) => (!from || day >= from) && (!to || day <= to))
      .filter((day) => startDay === undefined || day <= startDay)
      .sort()
      .reverse();
    const items: RunItem<RunOf<K>>[] = [];
    let partitions = 0;
    for (const day of days) {
      if (items.length === limit || partitions >= maxPartitions)
        return { items, continuation: day };
      const missing = limit - items.length;
      const onThisDay = histories.filter((each) => each.days.includes(day));
      partitions += onThisDay.length;
      const found = await this.onDay(connector, onThisDay, day, filter, {
        // One more, to know whether the day has another page.
        limit: missing + 1,
        after: day === startDay ? after : undefined,
      });
      items.push(...found.slice(0, missing));
      if (found.length > missing)
        return { items, continuation: `${day} ${runKey(items.at(-1)!.run)}` };
    }
    return { items };
  }

  /** Throws NotFoundError. */
  async get(
    connector: ConnectorKey,
    id: string,
  ): Promise<RunItem<PipelineRun> & { readonly activities: readonly ActivityRun[] | undefined }> {
    const parsed = parseRunId(id);
    const { factory, key, day } = parsed ?? { factory: '', key: '', day: '' };
    const partition = { ...connector, factory, day };
    const history = parsed && (await this.findHistory(connector, factory));
    const run = history && (await this.runs.get(partition, key));
    if (run?.kind !== 'pipeline' || !history)
      throw new NotFoundError(
        'run_not_found',
        'No pipeline run has this id. Take the id from the list of pipeline runs.',
      );
    const activities = await this.runs.getActivities(partition, run.runId);
    return { id, factory: history.factory, run, activities };
  }

  async deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void> {
    await this.runs.deleteConnector(connector, stretch);
  }

  private async findHistory(connector: ConnectorKey, hash: string) {
    return (await this.states.listFactories(connector)).find((each) => each.hash === hash);
  }

  private async onDay<K extends RunKind>(
    connector: ConnectorKey,
    histories: readonly FactoryHistory[],
    day: string,
    filter: RunFilter & { readonly kind: K },
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<RunItem<RunOf<K>>[]> {
    const found = await mapConcurrently(
      histories,
      maxConcurrentFactories,
      async ({ hash, factory }) => {
        const partition = { ...connector, factory: hash, day };
        const runs = await this.runs.list(partition, filter, page);
        const ofKind = runs.filter((run): run is RunOf<K> => run.kind === filter.kind);
        return ofKind.map((run): RunItem<RunOf<K>> => ({ id: runIdOf(hash, run), factory, run }));
      },
    );
    // Keys begin with reverse ticks, so they sort newest first over all factories.
    return found.flat().sort((one, other) => (runKey(one.run) < runKey(other.run) ? -1 : 1));
  }
}
