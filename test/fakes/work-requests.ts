/** Work requests that a test reads. Nothing runs because of them. */
import type { DueTask } from '../../functions/durable/due-work';
import type { WorkRequests } from '../../functions/durable/ports';

export interface FakeWorkRequests extends WorkRequests {
  readonly requested: { task: DueTask; tenantId: string; delaySeconds: number }[];
}

export function fakeWorkRequests(): FakeWorkRequests {
  const requested: FakeWorkRequests['requested'] = [];
  return {
    requested,
    async request(task, tenantId, delaySeconds = 0) {
      requested.push({ task, tenantId, delaySeconds });
    },
  };
}
