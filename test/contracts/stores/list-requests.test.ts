/** Requests to storage that lists over many factories make, and those of the reconciliation. */
import type { TableClient } from '@azure/data-tables';
import { CatalogTable } from '../../../functions/azure/tables/catalog/catalog-table';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { ReferenceIndexTable } from '../../../functions/azure/tables/catalog/reference-index-table';
import { RunHistoryStateTable } from '../../../functions/azure/tables/run-history-state-table';
import { RunHistoryTable } from '../../../functions/azure/tables/run-history-table';
import { SyncRunTable } from '../../../functions/azure/tables/sync-run-table';
import { CatalogService } from '../../../functions/catalog/catalog-service';
import { EdgeService } from '../../../functions/catalog/edge-service';
import { mapConcurrently } from '../../../functions/concurrency/map-concurrently';
import { emptyState } from '../../../functions/run-history/run-history-state';
import { RunHistoryService } from '../../../functions/run-history/run-history-service';
import { SyncReconciliationService } from '../../../functions/sync/sync-reconciliation-service';
import { newSyncRun } from '../../../functions/sync/new-sync-run';
import { transition } from '../../../functions/sync/sync-run';
import { ulid } from '../../../functions/storage/ulid';
import { aConnectedConnector } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factories = Array.from({ length: 200 }, (_, n) => ({
  subscriptionId: 's',
  resourceGroup: 'g',
  name: `factory-${n}`,
}));

/** A table that counts the requests to it. */
async function countedTable(count: () => void): Promise<TableClient> {
  const table = await storage.newTable();
  table.pipeline.addPolicy({
    name: 'count',
    sendRequest(request, next) {
      count();
      return next(request);
    },
  });
  return table;
}

async function manyFactories() {
  let requests = 0;
  const count = () => void requests++;
  const [catalog, syncState, references, runs] = await Promise.all(
    Array.from({ length: 4 }, () => countedTable(count)),
  );
  const etagMaps = new EtagMapTable(syncState!);
  const states = new RunHistoryStateTable(syncState!);
  await mapConcurrently([...factories.entries()], 16, async ([n, factory]) => {
    const claimed = await etagMaps.claim(connector, factory, 'dataset', 'r1', {}, 'w1');
    const entries = new Map([['dataset|one', { hash: 'h' }]]);
    await etagMaps.save(connector, factory, 'dataset', { entries }, claimed);
    const state = { ...emptyState, days: [`2026-01-${String(1 + (n % 28)).padStart(2, '0')}`] };
    await states.claim(connector, factory, { state, writer: 0 }, { writer: 1 });
  });
  const store = new CatalogTable(catalog!);
  return {
    resources: new CatalogService(store, etagMaps),
    edges: new EdgeService(store, new ReferenceIndexTable(references!), etagMaps),
    runHistory: new RunHistoryService(new RunHistoryTable(runs!), states),
    /** Requests of a list, which finds few items in many factories. */
    requestsOf: async (list: () => Promise<unknown>) => {
      requests = 0;
      await list();
      return requests;
    },
  };
}

describe('lists over 200 factories', () => {
  it('make at most twelve requests to storage for a page', async () => {
    const { resources, edges, runHistory, requestsOf } = await manyFactories();
    const page = { limit: 50 };

    const requests = [
      await requestsOf(() => resources.list(connector, {}, page)),
      await requestsOf(() => edges.list(connector, {}, page)),
      await requestsOf(() => runHistory.list(connector, { kind: 'pipeline' }, page)),
    ];

    expect(Math.min(...requests)).toBeGreaterThan(1);
    expect(Math.max(...requests)).toBeLessThanOrEqual(12);
  });
});

describe('the reconciliation of a tenant', () => {
  it('reads open sync runs only', async () => {
    let requests = 0;
    const [table, outbox] = [await countedTable(() => requests++), await storage.newTable()];
    const store = new SyncRunTable(table, outbox);
    const durableClient = { getStatus: async () => 'Running' };
    const now = new Date('2026-01-15T12:00:00Z');
    const reconciliation = new SyncReconciliationService(
      store,
      {} as never,
      () => now,
      {} as never,
    );
    const begin = async (n: number) => {
      const id = ulid(now, new Uint8Array(10).fill(n));
      const owner = aConnectedConnector({ tenantId: 'contoso', id: `c${n % 5}` });
      const run = newSyncRun(owner, { trigger: 'manual' }, id, now);
      await store.begin(run);
      const { etag } = (await store.get(run, run.id))!;
      await store.replace({ ...transition(run, 'running', now), etag });
      return run;
    };
    const end = async (run: Awaited<ReturnType<typeof begin>>) => {
      const ended = transition(transition(run, 'running', now), 'failed', now);
      await store.replace({ ...ended, etag: (await store.get(run, run.id))!.etag });
      await store.cleanUp(ended);
      await store.settle({ ...run, syncRunId: run.id });
    };
    const measure = async () => {
      requests = 0;
      const { failures, repairs } = await reconciliation.reconcile(
        'contoso',
        durableClient as never,
      );
      expect([failures, repairs]).toEqual([[], []]);
      return requests;
    };
    await begin(99);
    const before = await measure();

    for (let n = 0; n < 15; n++) if (n % 5 !== 4) await end(await begin(n));

    expect(await measure()).toBe(before);
  });
});
