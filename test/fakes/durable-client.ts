/** In-memory DurableClient. Records calls; no orchestration runs. */
import type { HistoryEntry } from '../../functions/durable/instance';
import {
  isActive,
  notRewindable,
  type InstanceStatus,
} from '../../functions/durable/instance-status';
import type { DurableClient } from '../../functions/durable/ports';

export interface FakeDurableClient extends DurableClient {
  readonly started: { name: string; instanceId: string; input: unknown }[];
  readonly statuses: Map<string, InstanceStatus>;
  /** `<instance> <event>` */
  readonly raised: string[];
  /** Histories of instances that have one. */
  readonly histories: Map<string, readonly HistoryEntry[]>;
  /** Periods whose history was purged. */
  readonly purged: { readonly from: Date; readonly to: Date }[];
}

export function fakeDurableClient(): FakeDurableClient {
  const started: FakeDurableClient['started'] = [];
  const statuses: FakeDurableClient['statuses'] = new Map();
  const raised: string[] = [];
  const histories: FakeDurableClient['histories'] = new Map();
  const purged: FakeDurableClient['purged'] = [];
  const setStatus = (
    instanceId: string,
    from: readonly InstanceStatus[],
    status: InstanceStatus,
  ) => {
    const before = statuses.get(instanceId);
    if (before && from.includes(before)) statuses.set(instanceId, status);
  };
  const run = (name: string, instanceId: string, input: unknown) => {
    statuses.set(instanceId, 'Running');
    started.push({ name, instanceId, input });
  };
  return {
    started,
    statuses,
    raised,
    purged,
    histories,
    async start(name, instanceId, input) {
      if (!statuses.has(instanceId)) run(name, instanceId, input);
    },
    async restart(name, instanceId, input) {
      if (!isActive(statuses.get(instanceId))) run(name, instanceId, input);
    },
    getStatus: async (instanceId) => statuses.get(instanceId),
    async getInstance(instanceId) {
      const status = statuses.get(instanceId);
      const instance = started.findLast((each) => each.instanceId === instanceId);
      if (status === undefined || !instance) return undefined;
      const { name, input } = instance;
      const at = '2026-11-21T09:00:00.000Z';
      return {
        instanceId,
        name,
        status,
        input,
        output: null,
        customStatus: null,
        createdAt: at,
        lastUpdatedAt: at,
        history: histories.get(instanceId) ?? [],
      };
    },
    raiseEvent: async (instanceId, event) => void raised.push(`${instanceId} ${event}`),
    suspend: async (instanceId) => setStatus(instanceId, ['Pending', 'Running'], 'Suspended'),
    resume: async (instanceId) => setStatus(instanceId, ['Suspended'], 'Running'),
    terminate: async (instanceId) =>
      setStatus(instanceId, ['Pending', 'Running', 'Suspended'], 'Terminated'),
    async rewind(instanceId) {
      const status = statuses.get(instanceId);
      if (status !== 'Failed') throw notRewindable(status);
      statuses.set(instanceId, 'Running');
    },
    async purge(instanceId) {
      if (isActive(statuses.get(instanceId))) return false;
      statuses.delete(instanceId);
      return true;
    },
    purgeHistory: async (from, to) => void purged.push({ from, to }),
  };
}
