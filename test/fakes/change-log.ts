/** In-memory ChangeLog. The contract tests hold it to the behaviour of the adapter. */
import { mergeChange, type FactoryChange } from '../../functions/catalog/change-log';
import type { ChangeLog } from '../../functions/catalog/ports';
import { factoryHash } from '../../functions/data-factory/resource-id';

export interface FakeChangeLog extends ChangeLog {
  /** Changes of a sync run as `change rowKey`, sorted. */
  of(runId: string): string[];
}

export function fakeChangeLog(): FakeChangeLog {
  const rows = new Map<string, FactoryChange>();
  const withPrefix = (prefix: string) =>
    [...rows].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  const deletePrefix = (prefix: string) => withPrefix(prefix).forEach(([key]) => rows.delete(key));
  return {
    of: (syncRunId) =>
      [...rows]
        .filter(([key]) => key.split('|')[2] === syncRunId)
        .map(([, { change, rowKey }]) => `${change} ${rowKey}`)
        .sort(),
    async record({ tenantId, connectorId }, runId, factory, changes) {
      for (const each of changes) {
        const key = `${tenantId}|${connectorId}|${runId}|${factoryHash(factory)}|${each.rowKey}`;
        const now = { ...each, factory };
        rows.set(key, mergeChange(rows.get(key) ?? now, now));
      }
    },
    async recorded({ tenantId, connectorId }, runId, factory, kind) {
      const prefix = `${tenantId}|${connectorId}|${runId}|${factoryHash(factory)}|`;
      const own = withPrefix(prefix).filter(([, row]) => kind === undefined || row.kind === kind);
      return new Map(own.map(([, { rowKey, change }]) => [rowKey, change]));
    },
    async list({ tenantId, connectorId }, runId, { change, kind }, { limit, continuation = '' }) {
      const all = withPrefix(`${tenantId}|${connectorId}|${runId}|`).filter(
        ([key, row]) =>
          key > continuation &&
          (change === undefined || row.change === change) &&
          (kind === undefined || row.kind === kind),
      );
      const shown = all.slice(0, limit);
      const more = all.length > limit;
      return {
        items: shown.map(([, row]) => row),
        ...(more && { continuation: shown.at(-1)![0] }),
      };
    },
    deleteRun: async ({ tenantId, connectorId }, runId) =>
      deletePrefix(`${tenantId}|${connectorId}|${runId}|`),
    deleteConnector: async ({ tenantId, connectorId }) =>
      deletePrefix(`${tenantId}|${connectorId}|`),
  };
}
