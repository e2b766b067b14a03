/** Syncs of one factory of which a test says what it holds, from begin to end; and time that passes in days. */
import { factoryHash } from '../../functions/data-factory/resource-id';
import type { Connector } from '../../functions/connectors/connector';
import { ada } from './builders';
import { syncContext } from './sync-context';

export const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
export const connector = { tenantId: ada.tenantId, connectorId: 'c1' };

export const names = (count: number) => Array.from({ length: count }, (_, n) => `d${n}`);

export function removalContext(connectors?: readonly Connector[]) {
  const world = syncContext(connectors);
  const { services, durableClient, mirror, factories, catalogRows } = world;
  const { tombstones } = catalogRows;
  const asBefore = { ...tombstones };
  return {
    ...world,
    /** What happens before rows are looked for, as the purge does. */
    beforeFind: (happen: (rowKeys: readonly string[]) => void): void => {
      tombstones.find = (connectorKey, hash, rowKeys) => {
        happen(rowKeys);
        return asBefore.find(connectorKey, hash, rowKeys);
      };
    },
    /** Gives the id of the run. `end: false` leaves it as one that was lost. */
    sync: async (datasets: readonly string[], { end = true } = {}): Promise<string> => {
      const { id: runId } = await services.syncRuns.begin(
        ada.tenantId,
        'c1',
        { trigger: 'manual' },
        durableClient,
      );
      const target = { ...connector, runId, mode: 'incremental' as const };
      factories.pages = { dataset: [datasets.map((name) => ({ name, properties: {} }))] };
      const { alarm, tallies } = await mirror.mirror(
        { ...connector, factory, kind: 'dataset', pass: runId, full: false },
        () => undefined,
      );
      const outcome = {
        factory,
        status: 'succeeded' as const,
        ...(alarm && { alarms: { dataset: alarm } }),
      };
      if (end) await services.syncRuns.finish({ ...target, reports: [{ outcome, tallies }] });
      else
        await services.syncRuns.end(target, 'failed', {
          code: 'sync_instance_lost',
          message: 'It stopped.',
        });
      return runId;
    },
    days: (count: number) => world.wait(count * 86_400),
    purge: () => services.retention.forget({ part: 'removed' }),
    /** Names of what is hidden. */
    hidden: async (): Promise<string[]> => {
      const hash = factoryHash(factory);
      const page = await catalogRows.tombstones.list(connector, hash, undefined, { limit: 1_000 });
      return page.items.map(({ name }) => name);
    },
    confirm: (runId: string) => services.removals.confirm({ ...connector, runId }, ada),
    runsThere: async () =>
      (await world.runs.list(connector, { limit: 100 })).items.map(({ id }) => id),
  };
}
