/** Notes what was started; nothing runs. */
import type { InstanceStatus, Orchestrations } from '../../functions/durable/orchestrations';

export interface FakeOrchestrations extends Orchestrations {
  readonly started: { name: string; instanceId: string; input: unknown }[];
  readonly statuses: Map<string, InstanceStatus>;
}

export function fakeOrchestrations(): FakeOrchestrations {
  const started: FakeOrchestrations['started'] = [];
  const statuses: FakeOrchestrations['statuses'] = new Map();
  return {
    started,
    statuses,
    async start(name, instanceId, input) {
      if (statuses.has(instanceId)) return;
      statuses.set(instanceId, 'Running');
      started.push({ name, instanceId, input });
    },
    status: async (instanceId) => statuses.get(instanceId),
  };
}
