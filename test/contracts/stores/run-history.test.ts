/** Run history is copied from the Resource Manager emulator to Table Storage, and listed there. */
import type { TableClient } from '@azure/data-tables';
import { CatalogTable } from '../../../functions/azure/tables/catalog/catalog-table';
import { ResourceManager } from '../../../functions/azure/resource-manager/resource-manager';
import { ArmRunReader } from '../../../functions/azure/resource-manager/run-reader';
import { RunHistoryStateTable } from '../../../functions/azure/tables/run-history-state-table';
import { RunHistoryTable } from '../../../functions/azure/tables/run-history-table';
import type { FactoryRef } from '../../../functions/data-factory/resource';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import type { RunReader } from '../../../functions/run-history/ports';
import type { PipelineRun, RunKind, RunItem } from '../../../functions/run-history/run';
import {
  RunHistoryService,
  type RunQuery,
} from '../../../functions/run-history/run-history-service';
import type {
  RunMirrorResult,
  RunCursor,
} from '../../../functions/run-history/run-mirror-messages';
import { RunMirrorService } from '../../../functions/run-history/run-mirror-service';
import { emptyState, type ActivityPolicy } from '../../../functions/run-history/run-history-state';
import { startManager, reader, tokenFor, type ManagerClient } from '../../support/resource-manager';
import { useStorage } from '../../support/storage';

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const day = 86_400_000;

let azure: ManagerClient;
const storage = useStorage();
let factory: FactoryRef;
beforeAll(async () => {
  azure = await startManager();
  const { subscriptionId, resourceGroup, name } = azure.manager.factories()[0]!;
  factory = { subscriptionId, resourceGroup, name };
});
afterAll(async () => {
  await azure.stop();
});
afterEach(() => {
  azure.manager.scenarios.clear();
  azure.clock.shiftTo(0);
});

async function openRunHistory(policy: ActivityPolicy[] = ['failed', 'latest'], retentionDays = 45) {
  const [runTable, stateTable, catalog] = await Promise.all([
    storage.newTable(),
    storage.newTable(),
    storage.newTable(),
  ]);
  const runs = new RunHistoryTable(runTable);
  const states = new RunHistoryStateTable(stateTable);
  const arm = new ResourceManager({
    url: azure.manager.url,
    tokens: {
      forResourceManager: async () => tokenFor(reader).replace('Bearer ', ''),
      confirmRejection: async () => true,
    },
    wait: async () => undefined,
  });
  const mirror = new RunMirrorService(
    new ArmRunReader(arm),
    runs,
    states,
    new CatalogTable(catalog),
    { policy, retentionDays },
    () => azure.clock.now(),
  );
  const history = new RunHistoryService(runs, states);
  const target = { ...connector, factory, syncRunId: 'r1', factoryCount: 1 };
  return {
    runTable,
    states,
    history,
    /** Repeats the step until it returns no cursor, like the orchestrator. */
    sync: async (activityQueries = 200): Promise<RunMirrorResult> => {
      let cursor: RunCursor | undefined;
      for (;;) {
        const result = await mirror.mirror({
          ...target,
          activityQueries,
          ...(cursor && { cursor }),
        });
        if (!result.cursor) return result;
        cursor = result.cursor;
      }
    },
    listAll: async (query: Partial<RunQuery> = {}, limit = 60) => {
      const found: RunItem[] = [];
      let continuation: string | undefined;
      do {
        const page: { items: readonly RunItem[]; continuation?: string } = await history.list(
          connector,
          { kind: 'pipeline', ...query },
          { limit, ...(continuation !== undefined && { continuation }) },
        );
        found.push(...page.items);
        continuation = page.continuation;
      } while (continuation !== undefined);
      return found;
    },
  };
}

/** Shared by the tests that only read. */
let shared: Promise<
  Awaited<ReturnType<typeof openRunHistory>> & { readonly result: RunMirrorResult }
>;
const sharedRunHistory = () =>
  (shared ??= openRunHistory().then(async (context) => ({
    ...context,
    result: await context.sync(),
  })));

async function rowsOf(table: TableClient) {
  const rows: Record<string, unknown>[] = [];
  for await (const row of table.listEntities()) rows.push(row);
  return rows;
}

async function queryAzureRuns(): Promise<any[]> {
  const found: any[] = [];
  let continuationToken: string | undefined;
  const now = azure.clock.now().getTime();
  do {
    const { body } = await azure.query(`${factory.name}/queryPipelineRuns`, {
      lastUpdatedAfter: new Date(now - 45 * day).toISOString(),
      lastUpdatedBefore: new Date(now).toISOString(),
      continuationToken,
    });
    found.push(...body.value);
    continuationToken = body.continuationToken;
  } while (continuationToken);
  return found;
}

describe('RunMirrorService', () => {
  it('copies every run of 45 days once, newest first', async () => {
    const { listAll, result } = await sharedRunHistory();
    const { failure, tally } = result;
    expect(failure).toBeUndefined();

    const found = await listAll();

    const azureRuns = (await queryAzureRuns()).filter(
      ({ runStart }) => Date.parse(runStart) > azure.clock.now().getTime() - 44 * day,
    );
    const storedIds = new Set(found.map(({ run }) => run.runId));
    expect(azureRuns.filter(({ runId }) => !storedIds.has(runId))).toEqual([]);
    expect(storedIds.size).toBe(found.length);
    expect(tally.pipelineRuns).toBe(found.length);
    const starts = found.map(({ run }) => run.start);
    expect(starts).toEqual([...starts].sort().reverse());
  });

  it('lists runs by filters', async () => {
    const { listAll } = await sharedRunHistory();
    const allRuns = await listAll();
    const [{ run: newest }] = allRuns as [RunItem<PipelineRun>];
    const to = new Date(azure.clock.now().getTime() - 10 * day).toISOString();
    const from = new Date(azure.clock.now().getTime() - 20 * day).toISOString();

    const failed = await listAll({ status: 'FAILED' }, 7);
    const named = await listAll({ name: newest.pipeline.toUpperCase() });
    const between = await listAll({ from, to });

    const idsWhere = (matches: (run: PipelineRun) => boolean) =>
      allRuns.filter(({ run }) => matches(run as PipelineRun)).map(({ id }) => id);
    const ids = (items: RunItem[]) => items.map(({ id }) => id);
    expect(ids(failed)).toEqual(idsWhere(({ status }) => status === 'Failed'));
    expect(ids(named)).toEqual(idsWhere(({ pipeline }) => pipeline === newest.pipeline));
    expect(ids(between)).toEqual(idsWhere(({ start }) => start >= from && start < to));
    expect(await listAll({ factory: 'another' })).toEqual([]);
    expect((await listAll({ kind: 'trigger' })).length).toBeGreaterThan(50);
  });

  it('stores durations, meters and errors of activities, and no data', async () => {
    const { listAll, history, runTable } = await sharedRunHistory();
    const [failed] = await listAll({ status: 'Failed' }, 5);

    const { activities } = await history.get(connector, failed!.id);

    expect(activities!.length).toBeGreaterThan(0);
    expect(activities!.some(({ error }) => error?.code !== undefined)).toBe(true);
    const stored = JSON.stringify(await rowsOf(runTable));
    expect(stored).not.toMatch(/Ada Lovelace|Watermark|"given"/);
  });

  it('leaves runs beyond the shared budget to the next sync', async () => {
    const { sync } = await openRunHistory(['all']);

    const first = await sync(5);
    const second = await sync(5);

    expect(first.tally).toMatchObject({ runsWithActivities: 5 });
    expect(second.tally.remaining).toBe(first.tally.remaining - 5);
  });

  it('writes only the watermark if nothing is new', async () => {
    const { sync, runTable } = await openRunHistory();
    await sync();
    const before = await rowsOf(runTable);

    const { tally } = await sync();

    expect(tally).toMatchObject({ pipelineRuns: 0, triggerRuns: 0, runsWithActivities: 0 });
    const versions = (rows: Record<string, unknown>[]) => rows.map(({ etag }) => etag);
    expect(versions(await rowsOf(runTable))).toEqual(versions(before));
  });

  it('updates the row of a run that has ended', async () => {
    const { sync, listAll } = await openRunHistory();
    await sync();
    const running = (await listAll({ status: 'InProgress' }))[0]!;
    azure.clock.shiftTo(day);

    await sync();

    const [found] = (await listAll()).filter(
      ({ id }) => id === running.id,
    ) as RunItem<PipelineRun>[];
    expect(found!.run.status).not.toBe('InProgress');
    expect(found!.run.end).toBeDefined();
  });

  it('deletes days that are older than the retention', async () => {
    const { sync, listAll, states } = await openRunHistory(['failed'], 10);
    await sync();
    azure.clock.shiftTo(5 * day);

    await sync();

    const oldest = azure.clock.now().getTime() - 11 * day;
    const found = await listAll();
    expect(found.every(({ run }) => Date.parse(run.start) > oldest)).toBe(true);
    expect((await states.listFactories(connector))[0]!.days.length).toBeLessThanOrEqual(11);
  });

  it.each(['continuation-repeats', 'continuation-refused'] as const)(
    'loses no run to %s',
    async (scenario) => {
      const { sync, listAll } = await openRunHistory();
      azure.manager.scenarios.add({ scenario, factory: factory.name, count: 1 });

      await sync();
      await sync();

      const storedIds = new Set((await listAll()).map(({ run }) => run.runId));
      const azureRuns = (await queryAzureRuns()).filter(
        ({ runStart }) => Date.parse(runStart) > azure.clock.now().getTime() - 44 * day,
      );
      expect(azureRuns.filter(({ runId }) => !storedIds.has(runId))).toEqual([]);
    },
  );

  it('leaves no row of a deleted connector', async () => {
    const { sync, history, runTable } = await openRunHistory();
    await sync();

    await history.deleteConnector({ tenantId: 'contoso', connectorId: 'c1' });

    expect(await rowsOf(runTable)).toEqual([]);
  });
});

describe('states of run history', () => {
  const factoryOf = (name: string) => ({ ...factory, name });
  const run = { ...connector, syncRunId: 'r2' };

  it('are read together in a sync run, and each once', async () => {
    const table = await storage.newTable();
    const states = new RunHistoryStateTable(table);
    for (const name of ['one', 'two', 'three'])
      await states.claim(
        connector,
        factoryOf(name),
        { state: { ...emptyState, watermark: `of ${name}` }, writer: 0 },
        { writer: 1 },
      );
    const queries = jest.spyOn(table, 'listEntities');
    const reads = jest.spyOn(table, 'getEntity');

    const names = ['three', 'one', 'none'];
    const loaded = await Promise.all(names.map((n) => states.loadForSync(run, factoryOf(n))));
    const again = await states.loadForSync(run, factoryOf('one'));

    expect(loaded.map(({ writer }) => writer)).toEqual([1, 1, 0]);
    expect(again).toEqual(loaded[1]);
    expect(again.version).toBe((await states.load(connector, factoryOf('one'))).version);
    // The factory without a state, the repeated step, and this test.
    expect([queries.mock.calls.length, reads.mock.calls.length]).toEqual([1, 3]);
  });
});

describe('RunMirrorService in two steps that overlap', () => {
  const start = '2026-01-15T06:00:00.000Z';
  const aRun = (runId: string, status: string, minute: number) => ({
    runId,
    pipelineName: 'Load',
    status,
    runStart: start,
    ...(status !== 'InProgress' && { runEnd: start }),
    lastUpdated: `2026-01-15T06:${minute}:00.000Z`,
  });
  const anActivity = (status: string) => ({
    activityRunId: 'a-1',
    activityName: 'Copy',
    activityType: 'Copy',
    status,
    activityRunStart: start,
  });
  /** What Azure answered to the older and to the newer step. */
  const pagesOf = (status: string, minute: number): Pages => ({
    pipeline: [[aRun('r-1', status, minute)], [aRun('r-2', status, minute)]],
    trigger: [[]],
    activity: [[anActivity(status)]],
  });
  const older = pagesOf('Failed', 10);
  const newer = pagesOf('Succeeded', 20);

  type Pages = Readonly<Record<RunKind | 'activity', readonly (readonly object[])[]>>;

  type Pause = (request: number) => Promise<void>;

  /** Reads given pages. `pause` is awaited before the response of a request, by its number from 0. */
  function readerOf(pages: Pages, pause: Pause): RunReader {
    let requests = 0;
    const read = async (kind: RunKind | 'activity', continuation = '0') => {
      await pause(requests++);
      const n = Number(continuation);
      const runs = pages[kind][n]! as never;
      return { runs, ...(pages[kind].length > n + 1 && { continuation: String(n + 1) }) };
    };
    return {
      readRuns: async (_connector, _factory, kind, _window, continuation) =>
        read(kind, continuation),
      readActivityRuns: async (_connector, _factory, _run, _window, continuation) =>
        read('activity', continuation),
    };
  }

  async function openStep() {
    const [runTable, stateTable] = await Promise.all([storage.newTable(), storage.newTable()]);
    const runs = new RunHistoryTable(runTable);
    const states = new RunHistoryStateTable(stateTable);
    const step = (pages: Pages, minute: number, pause: Pause = async () => undefined) =>
      new RunMirrorService(
        readerOf(pages, pause),
        runs,
        states,
        { get: async () => undefined },
        { policy: ['all'], retentionDays: 45 },
        () => new Date(`2026-01-15T06:${minute}:30.000Z`),
      ).mirror({ ...connector, factory, syncRunId: `s${minute}` });
    const partition = { ...connector, factory: factoryHash(factory), day: '20260115' };
    return {
      step,
      runTable,
      history: new RunHistoryService(runs, states),
      stored: async () => ({
        runs: await runs.list(partition, { kind: 'pipeline' }, { limit: 9 }),
        activities: await runs.getActivities(partition, 'r-1'),
        state: JSON.stringify(await states.load(connector, factory)),
      }),
    };
  }

  it.each([
    ['before its first row', 0],
    ['between two pages', 1],
    ['after its last page', 2],
    ['before activity runs', 3],
  ])('keeps what the newer step wrote if the older pauses %s', async (_when, request) => {
    const { step, stored } = await openStep();
    const between: { now?: Awaited<ReturnType<typeof stored>> } = {};
    const pause = async (n: number) => {
      if (n !== request) return;
      await step(newer, 20);
      between.now = await stored();
    };

    await expect(step(older, 10, pause)).rejects.toMatchObject({
      code: 'run_history_writer_superseded',
    });

    expect(between.now!.runs.map(({ run }) => run.status)).toEqual(['Succeeded', 'Succeeded']);
    expect(between.now!.activities).toMatchObject([{ status: 'Succeeded' }]);
    expect(await stored()).toEqual(between.now);
  });

  it('writes nothing after the connector is deleted', async () => {
    const { step, history, runTable } = await openStep();
    const pause = async (n: number) => {
      if (n === 1) await history.deleteConnector(connector);
    };

    await expect(step(older, 10, pause)).rejects.toMatchObject({
      code: 'run_history_writer_superseded',
    });

    expect(await rowsOf(runTable)).toEqual([]);
  });
});
