/** OrchestrationStore in memory. test/contracts tests it together with the table adapter. */
import { isActive } from '../../functions/durable/instance-status';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { Orchestration } from '../../functions/ops/orchestration';
import type { OrchestrationStore } from '../../functions/ops/ports';
import type { Stored } from '../../functions/storage/stored';

export interface FakeOrchestrationStore extends OrchestrationStore {
  /** `<instance> <status>`, in the order of creation. */
  all(): string[];
}

export function fakeOrchestrationStore(): FakeOrchestrationStore {
  const rows = new Map<string, Stored<Orchestration>>();
  let version = 0;
  const keyOf = ({ tenantId, instanceId }: Pick<Orchestration, 'tenantId' | 'instanceId'>) =>
    `${tenantId}/${instanceId}`;
  const write = (row: Orchestration) =>
    void rows.set(keyOf(row), { ...row, etag: `"${++version}"` });
  return {
    all: () => [...rows.values()].map(({ instanceId, status }) => `${instanceId} ${status}`),
    async create(row) {
      if (rows.has(keyOf(row))) throw new ConflictError('orchestration_exists', 'It exists.');
      write(row);
    },
    put: async (row) => write(row),
    get: async (tenantId, instanceId) => rows.get(keyOf({ tenantId, instanceId })),
    async list(tenantId, filter, order, { limit, continuation = '0' }) {
      const { statuses, createdFrom, createdTo, name, connectorId, idPrefix = '' } = filter;
      const found = [...rows.values()]
        .filter(
          (row) =>
            row.tenantId === tenantId &&
            (statuses?.includes(row.status) ?? true) &&
            (createdFrom === undefined || row.createdAt >= createdFrom.toISOString()) &&
            (createdTo === undefined || row.createdAt < createdTo.toISOString()) &&
            (name === undefined || row.name === name) &&
            (connectorId === undefined || row.connectorId === connectorId) &&
            row.instanceId.startsWith(idPrefix),
        )
        .map(({ etag: _etag, ...row }) => row)
        .sort((a, b) => (a.createdAt + a.instanceId < b.createdAt + b.instanceId ? -1 : 1));
      if (order === 'newest') found.reverse();
      const end = Number(continuation) + limit;
      return {
        items: found.slice(Number(continuation), end),
        ...(end < found.length && { continuation: String(end) }),
      };
    },
    async replace({ etag, ...row }) {
      if (rows.get(keyOf(row))?.etag !== etag)
        throw new StaleError('orchestration_changed', 'It changed.');
      write(row);
    },
    async delete(row) {
      // Storage answers later.
      await Promise.resolve();
      return rows.get(keyOf(row))?.createdAt === row.createdAt && rows.delete(keyOf(row));
    },
    async *deleteTerminal(from, to) {
      for (const row of rows.values())
        if (
          row.createdAt >= from.toISOString() &&
          row.createdAt < to.toISOString() &&
          !isActive(row.status)
        ) {
          rows.delete(keyOf(row));
          yield row.instanceId;
        }
    },
  };
}
