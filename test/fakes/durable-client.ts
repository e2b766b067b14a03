/** Notes what was started; nothing runs. */
import type { DurableClient } from '../../functions/durable/ports';
import { isActive, type InstanceStatus } from '../../functions/durable/instance-status';

export interface FakeDurableClient extends DurableClient {
  readonly started: { name: string; instanceId: string; input: unknown }[];
  readonly statuses: Map<string, InstanceStatus>;
  /** `<instance> <event>` */
  readonly raised: string[];
  /** Up to when ended instances were forgotten. */
  readonly purgedUntil: Date[];
}

export function fakeDurableClient(): FakeDurableClient {
  const started: FakeDurableClient['started'] = [];
  const statuses: FakeDurableClient['statuses'] = new Map();
  const become = (instanceId: string, status: InstanceStatus) => {
    if (['Running', 'Suspended'].includes(statuses.get(instanceId) ?? ''))
      statuses.set(instanceId, status);
  };
  const raised: string[] = [];
  const forgotten: Date[] = [];
  return {
    started,
    raised,
    purgedUntil: forgotten,
    purgeHistory: async (before) => void forgotten.push(before),
    raiseEvent: async (instanceId, event) => void raised.push(`${instanceId} ${event}`),
    statuses,
    async start(name, instanceId, input) {
      if (statuses.has(instanceId)) return;
      statuses.set(instanceId, 'Running');
      started.push({ name, instanceId, input });
    },
    async restart(name, instanceId, input) {
      if (isActive(statuses.get(instanceId))) return;
      statuses.set(instanceId, 'Running');
      started.push({ name, instanceId, input });
    },
    getStatus: async (instanceId) => statuses.get(instanceId),
    suspend: async (instanceId) => become(instanceId, 'Suspended'),
    resume: async (instanceId) => become(instanceId, 'Running'),
    terminate: async (instanceId) => become(instanceId, 'Terminated'),
  };
}
