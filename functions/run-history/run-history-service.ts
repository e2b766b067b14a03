/**
 * Reads stored run history: lists over all factories of a connector, and single runs with
 * activities.
 */
import type { Stretch } from '../concurrency/stretch';
import { matchesFactory } from '../catalog/multi-factory-paging';
import type { ConnectorKey } from '../storage/connector-key';
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import type { RunFilter, RunHistoryStateStore, RunHistoryStore } from './ports';
import {
  dayOf,
  parseRunId,
  positionOf,
  runIdOf,
  type ActivityRun,
  type PipelineRun,
  type RunItem,
  type RunKind,
  type RunOf,
  type StoredRun,
} from './run';

export interface RunQuery<K extends RunKind = RunKind> extends RunFilter {
  readonly kind: K;
  /** Name, ARM id or hash of a factory, without case. */
  readonly factory?: string | undefined;
}

/** Days that are read for one page, which then ends, also with few runs or none. */
const maxDays = 8;
/** A page also ends after this time. */
const maxMs = 2_000;

export class RunHistoryService {
  constructor(
    private readonly runs: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
  ) {}

  /** Newest first. Reads day by day. */
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
    const byHash = new Map(histories.map((each) => [each.hash, each.factory]));
    const only = factory === undefined ? {} : { factory: histories[0]?.hash };
    const items: RunItem<RunOf<K>>[] = [];
    const startedAt = performance.now();
    for (const [n, day] of days.entries()) {
      const isLate = n > 0 && performance.now() - startedAt > maxMs;
      if (items.length === limit || n === maxDays || isLate) return { items, continuation: day };
      const missing = limit - items.length;
      const found = await this.runs.list({ ...connector, day, ...only }, filter, {
        // One more, to know whether the day has another page.
        limit: missing + 1,
        after: day === startDay ? after : undefined,
      });
      const shown = found.slice(0, missing);
      for (const { factory: hash, run } of shown) {
        const ref = byHash.get(hash);
        // A factory whose state was deleted meanwhile is no longer known.
        if (ref && isOfKind(run, filter.kind))
          items.push({ id: runIdOf(hash, run), factory: ref, run });
      }
      if (found.length > missing)
        return { items, continuation: `${day} ${positionOf(shown.at(-1)!)}` };
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
}

const isOfKind = <K extends RunKind>(run: StoredRun, kind: K): run is RunOf<K> => run.kind === kind;
