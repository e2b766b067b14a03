/** Run history as callers see it: newest first over all factories of a connector, and single runs with their activities. */
import { factoryId, type FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import { factoryHash } from '../data-factory/resource-id';
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
  type StoredRun,
} from './run';

export interface RunQuery extends RunFilter {
  /** A factory's name or its ARM id, without case. */
  readonly factory?: string | undefined;
}

export interface RunItem<T extends StoredRun = StoredRun> {
  readonly id: string;
  readonly factory: FactoryRef;
  readonly run: T;
}

/** Factories asked at once about one day. */
const maxConcurrentFactories = 8;

export class RunHistoryService {
  constructor(
    private readonly runs: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
  ) {}

  /** Day by day; within a day all factories are asked, and what they say is merged. */
  async list(
    connector: ConnectorKey,
    { factory, ...filter }: RunQuery,
    { limit, continuation }: PageRequest,
  ): Promise<Page<RunItem>> {
    const [startDay, after] = continuation?.split(' ') ?? [];
    const [from, to] = [filter.from && dayOf(filter.from), filter.to && dayOf(filter.to)];
    const histories = (await this.states.listFactories(connector)).filter((each) =>
      matchesFactory(each.factory, factory),
    );
    const days = [...new Set(histories.flatMap((each) => each.days))]
      .filter((day) => (!from || day >= from) && (!to || day <= to))
      .filter((day) => startDay === undefined || day <= startDay)
      .sort()
      .reverse();
    const items: RunItem[] = [];
    for (const day of days) {
      if (items.length === limit) return { items, continuation: day };
      const room = limit - items.length;
      const there = histories.filter((each) => each.days.includes(day));
      const found = await this.onDay(connector, there, day, filter, {
        // One more tells whether the day has more.
        limit: room + 1,
        after: day === startDay ? after : undefined,
      });
      items.push(...found.slice(0, room));
      if (found.length > room)
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
    const place = { ...connector, factory, day };
    const history = parsed && (await this.historyOf(connector, factory));
    const run = history && (await this.runs.get(place, key));
    if (run?.kind !== 'pipeline' || !history)
      throw new NotFoundError('run_not_found', 'There is no run of this id.');
    const activities = await this.runs.activities(place, run.runId);
    return { id, factory: history.factory, run, activities };
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    await this.runs.deleteConnector({ tenantId, connectorId });
  }

  private async historyOf(connector: ConnectorKey, hash: string) {
    return (await this.states.listFactories(connector)).find((each) => each.hash === hash);
  }

  private async onDay(
    connector: ConnectorKey,
    histories: readonly FactoryHistory[],
    day: string,
    filter: RunFilter,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<RunItem[]> {
    const found: RunItem[] = [];
    for (let n = 0; n < histories.length; n += maxConcurrentFactories)
      found.push(
        ...(
          await Promise.all(
            histories.slice(n, n + maxConcurrentFactories).map(async ({ hash, factory }) => {
              const place = { ...connector, factory: hash, day };
              const runs = await this.runs.list(place, filter, page);
              return runs.map((run): RunItem => ({ id: runIdOf(hash, run), factory, run }));
            }),
          )
        ).flat(),
      );
    // Keys count time backwards, so their order is the order wanted, whatever the factory.
    return found.sort((one, other) => (runKey(one.run) < runKey(other.run) ? -1 : 1));
  }
}

const matchesFactory = (factory: FactoryRef, wanted: string | undefined) =>
  wanted === undefined ||
  [factory.name, factoryId(factory), factoryHash(factory)].some(
    (name) => name.toLowerCase() === wanted.toLowerCase(),
  );
