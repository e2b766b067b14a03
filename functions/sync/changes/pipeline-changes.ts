/** Changes of pipelines over several sync runs, for the explanation of a failed pipeline run. */
import type { CatalogStore, ChangeLog } from '../../catalog/ports';
import type { ChangeType } from '../../catalog/change-log';
import type { FactoryRef } from '../../data-factory/resource';
import { keyPart, rowKeyOf } from '../../data-factory/resource-id';
import type { ChangeWindow, PipelineChangeReader, TimedChange } from '../../run-history/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import type { SyncRunStore } from '../ports';
import type { SyncRunSummary } from '../sync-run';

const runsPerPage = 100;
/** Sync runs that are looked at: at least two days of a connector that syncs every five minutes. */
const maxRuns = 600;

export class LoggedPipelineChanges implements PipelineChangeReader {
  constructor(
    private readonly stores: {
      readonly syncRunStore: Pick<SyncRunStore, 'list'>;
      readonly changeLog: Pick<ChangeLog, 'recorded'>;
      readonly catalogStore: Pick<CatalogStore, 'namesOf'>;
    },
  ) {}

  async read(
    connector: ConnectorKey,
    factory: FactoryRef,
    pipelines: readonly string[],
    { from, to, limit }: ChangeWindow,
  ): Promise<readonly TimedChange[]> {
    const found: TimedChange[] = [];
    for (const run of await this.runsBetween(connector, from, to)) {
      if (found.length >= limit) break;
      found.push(...(await this.changesOf(connector, factory, pipelines, run)));
    }
    return found.slice(0, limit);
  }

  /** Newest first, with the first run after `to`. */
  private async runsBetween(connector: ConnectorKey, from: string, to: string) {
    const later: SyncRunSummary[] = [];
    const between: SyncRunSummary[] = [];
    let continuation: string | undefined;
    do {
      const page = await this.stores.syncRunStore.list(connector, {
        limit: runsPerPage,
        ...(continuation !== undefined && { continuation }),
      });
      for (const run of page.items) {
        if (run.createdAt <= from) return [...later.slice(-1), ...between];
        (run.createdAt > to ? later : between).push(run);
      }
      continuation = page.continuation;
    } while (continuation !== undefined && later.length + between.length < maxRuns);
    return [...later.slice(-1), ...between];
  }

  private async changesOf(
    connector: ConnectorKey,
    factory: FactoryRef,
    pipelines: readonly string[],
    { id, createdAt }: SyncRunSummary,
  ): Promise<readonly TimedChange[]> {
    const pipelineKeys = new Set(pipelines.map((name) => rowKeyOf('pipeline', name)));
    const prefixes = pipelines.map((name) => `activity|${keyPart(name)}|`);
    const { changeLog, catalogStore } = this.stores;
    const changed = await changeLog.recorded(connector, id, factory, 'pipeline');
    const ofPipelines = [...changed].filter(([key]) => pipelineKeys.has(key));
    // A pipeline changes with each of its activities.
    if (ofPipelines.length === 0) return [];
    const activities = await changeLog.recorded(connector, id, factory, 'activity');
    const ofActivities = [...activities].filter(([key]) =>
      prefixes.some((prefix) => key.startsWith(prefix)),
    );
    const keys = [...ofPipelines, ...ofActivities].map(([key]) => key);
    const names = await catalogStore.namesOf(connector, factory, keys);
    const toChange =
      (kind: 'pipeline' | 'activity') =>
      ([rowKey, change]: readonly [string, ChangeType]): TimedChange => ({
        rowKey,
        change,
        kind,
        ...(names.get(rowKey) ?? { name: rowKey.split('|').at(-1)! }),
        syncRunId: id,
        seenAt: createdAt,
      });
    return [...ofPipelines.map(toChange('pipeline')), ...ofActivities.map(toChange('activity'))];
  }
}
