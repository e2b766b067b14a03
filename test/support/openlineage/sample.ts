/** A connector whose factory has lineage and run history, as sync runs store them. */
import { bucketsWith } from '../../../functions/catalog/packed-units';
import type { Json } from '../../../functions/data-factory/json';
import { listedKinds } from '../../../functions/data-factory/resource';
import { lineageRules } from '../../../functions/lineage/lineage-rules';
import type { OpenLineageEvent } from '../../../functions/openlineage/events/event';
import { datasetEvents, jobEvents } from '../../../functions/openlineage/events/static-events';
import type { ActivityRun, PipelineRun, TriggerRun } from '../../../functions/run-history/run';
import { dayOf } from '../../../functions/run-history/run';
import { RunHistoryWriter } from '../../../functions/run-history/run-history-writer';
import { owner } from '../builders';
import {
  copy,
  dataset,
  expression,
  factory,
  lineageOf,
  reference,
  sampleDocuments,
  storedDocuments,
  type Documents,
} from '../lineage';
import type { syncContext } from '../sync-context';

export const connector = { tenantId: owner.tenantId, connectorId: 'c1' };
export const tableOf = (table: Json) => dataset('AnyTable', { table });

/** Orders → file → Facts, with names that are known at run time only in a loop. */
export const documents = (more: Documents = {}): Documents =>
  sampleDocuments(
    [
      {
        ...(copy('Extract', dataset('Orders'), dataset('File', { path: 'x' }), {
          translator: { mappings: [{ source: { name: 'Id' }, sink: { name: 'id' } }] },
        }) as object),
        description: 'Copies orders.',
      },
      {
        name: 'Each',
        type: 'ForEach',
        typeProperties: {
          items: expression('@pipeline().parameters.tables'),
          activities: [
            copy('Load', dataset('File', { path: 'x' }), tableOf(expression('@item()'))),
            copy('Count', dataset('Orders'), tableOf('Facts'), {
              source: {
                type: 'AzureSqlSource',
                sqlReaderQuery: "SELECT Id FROM sales.Orders WHERE Password = 'S3cr3t!pass'",
              },
            }),
          ],
        },
      },
      {
        name: 'Call',
        type: 'ExecutePipeline',
        typeProperties: { pipeline: reference('Pipeline', 'Child') },
      },
    ] as unknown as Json[],
    {
      pipeline: [
        { name: 'Child', properties: { activities: [{ name: 'Wait', type: 'Wait' }] } },
      ] as unknown as Json[],
      ...more,
    },
  );

export const minute = (n: number) => new Date(Date.UTC(2026, 0, 15, 6, n)).toISOString();
export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const pipelineRun = (n: number, by: Partial<PipelineRun> = {}): PipelineRun => ({
  kind: 'pipeline',
  runId: uuid(n),
  pipeline: 'Load',
  status: 'Succeeded',
  start: minute(n),
  end: minute(n + 5),
  lastUpdated: minute(n + 5),
  parameters: [],
  ...by,
});
export const activityRun = (n: number, by: Partial<ActivityRun> = {}): ActivityRun => ({
  runId: uuid(n),
  activity: 'Extract',
  type: 'Copy',
  status: 'Succeeded',
  start: minute(1),
  end: minute(2),
  ...by,
});
export const triggerRun: TriggerRun = {
  kind: 'trigger',
  runId: 't1',
  trigger: 'Hourly',
  type: 'ScheduleTrigger',
  status: 'Succeeded',
  start: minute(0),
  started: { Load: uuid(1) },
};

type Context = ReturnType<typeof syncContext>;

/** Stores the documents and what lineage computes from them. */
export async function storeDocuments(
  { mirror, factories, lineageStore }: Pick<Context, 'mirror' | 'factories' | 'lineageStore'>,
  stored: Documents,
  syncRunId = 'p1',
): Promise<void> {
  for (const kind of listedKinds) {
    const items: readonly Json[] =
      kind === 'factory' ? [{ name: factory.name, properties: {} }] : (stored[kind] ?? []);
    factories.pages = { [kind]: [[...items]] };
    await mirror.mirror({ ...connector, factory, kind, syncRunId, full: false }, () => undefined);
  }
  const { units } = await lineageOf(stored);
  const head = await lineageStore.loadHead(connector, factory);
  const versions = new Map([...units].map(([rowKey, { hash }]) => [rowKey, hash]));
  const buckets = bucketsWith(units.keys(), units);
  await lineageStore.save(connector, factory, { versions, rules: lineageRules }, buckets, head);
}

/** Stores runs, and the activity runs of some of them by run id. */
export async function storeRuns(
  { runHistoryStore, runHistoryStateStore: states }: Context,
  runs: readonly (PipelineRun | TriggerRun)[],
  activities: Readonly<Record<string, readonly ActivityRun[]>> = {},
  watermark = minute(59),
): Promise<void> {
  const loaded = await states.load(connector, factory);
  const target = { ...connector, factory };
  const writer = new RunHistoryWriter(target, loaded, states, runHistoryStore, () => new Date(0));
  await writer.put(runs);
  for (const [runId, list] of Object.entries(activities)) {
    const run = runs.find((each) => each.runId === runId)!;
    await writer.putActivities(dayOf(run.start), runId, list);
  }
  const days = [...new Set([...loaded.state.days, ...runs.map(({ start }) => dayOf(start))])];
  await writer.saveState({ ...loaded.state, days: days.sort().reverse(), watermark });
}

/** Events of the documents, as they are sent. */
export async function sampleEvents(): Promise<readonly OpenLineageEvent[]> {
  const { units, assets } = await lineageOf(documents());
  const changedAt = minute(0);
  const bodies = new Map(
    [...storedDocuments(documents())].map(([key, { body }]) => [key, { body, changedAt }]),
  );
  const find = (id: string) => assets.find((asset) => asset.id === id);
  const shared = {
    factory,
    factoryHash: 'h',
    documents: bodies,
    find,
    producer: 'https://connect.example/',
  };
  return [...units.values()].flatMap((unit) => [
    ...datasetEvents({ unit, ...shared }, () => true),
    ...jobEvents({ unit, ...shared }),
  ]);
}
