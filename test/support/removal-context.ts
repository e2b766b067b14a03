/** Sync runs of one factory whose datasets a test names, from begin to end, and time in days. */
import type { Connector } from '../../functions/connectors/connector';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { owner } from './builders';
import { finishSync, syncContext } from './sync-context';

export const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
export const connector = { tenantId: owner.tenantId, connectorId: 'c1' };

export const names = (count: number) => Array.from({ length: count }, (_, n) => `d${n}`);

export function removalContext(connectors?: readonly Connector[]) {
  const context = syncContext(connectors);
  const { services, durableClient, mirror, factories, catalogRows } = context;
  const { tombstones } = catalogRows;
  const original = { ...tombstones };
  return {
    ...context,
    /** Runs `act` before rows are searched, as a purge does. */
    beforeFind: (act: (rowKeys: readonly string[]) => void): void => {
      tombstones.find = (connectorKey, hash, rowKeys) => {
        act(rowKeys);
        return original.find(connectorKey, hash, rowKeys);
      };
    },
    /** Returns the id of the sync run. `end: false` ends it as a lost one, without outcomes. */
    sync: async (datasets: readonly string[], { end = true } = {}): Promise<string> => {
      const { id: syncRunId } = await services.syncRuns.begin(
        connector,
        { trigger: 'manual' },
        durableClient,
      );
      const target = { ...connector, syncRunId, mode: 'incremental' as const };
      factories.pages = { dataset: [datasets.map((name) => ({ name, properties: {} }))] };
      const { massRemoval, tallies } = await mirror.mirror(
        { ...connector, factory, kind: 'dataset', syncRunId, full: false },
        () => undefined,
      );
      const outcome = {
        factory,
        status: 'succeeded' as const,
        ...(massRemoval && { massRemovals: { dataset: massRemoval } }),
      };
      if (end) await finishSync(services, { ...target, reports: [{ outcome, tallies }] });
      else
        await services.syncRuns.end(target, 'failed', {
          code: 'sync_instance_lost',
          message: 'The instance is gone.',
        });
      return syncRunId;
    },
    days: (count: number) => context.wait(count * 86_400),
    purge: (checkpoint?: string) =>
      services.retention.purgeBatch(
        { task: 'removedResources', ...(checkpoint && { checkpoint }) },
        durableClient,
      ),
    /** Names of the removed resources. */
    removedNames: async (): Promise<string[]> => {
      const hash = factoryHash(factory);
      const page = await tombstones.list(connector, hash, undefined, { limit: 1_000 });
      return page.items.map(({ name }) => name);
    },
    confirm: (syncRunId: string) =>
      services.massRemovals.confirm({ ...connector, syncRunId }, owner),
    syncRunIds: async () =>
      (await context.syncRunStore.list(connector, { limit: 100 })).items.map(({ id }) => id),
  };
}
