/** Sends requests for due work as messages, not more often than needed. */
import { logFailure } from '../errors/log-failure';
import type { DueTask, WorkRequest } from './due-work';
import type { MessageQueue, WorkRequests } from './ports';
import { RequestSpacing } from './request-spacing';

/** A task that is due later is found by the tick. */
const maxDelaySeconds = 600;

export class WorkRequestService implements WorkRequests {
  private readonly spacing = new RequestSpacing();

  constructor(
    private readonly queue: MessageQueue,
    private readonly now: () => Date,
  ) {}

  async request(task: DueTask, tenantId: string, delaySeconds = 0): Promise<void> {
    const key = `${task}|${tenantId}`;
    const wanted = Math.min(Math.max(0, Math.ceil(delaySeconds)), maxDelaySeconds);
    const delay = this.spacing.delayFor(key, wanted, this.now());
    if (delay === undefined) return;
    try {
      await this.queue.send(JSON.stringify({ task, tenantId } satisfies WorkRequest), delay);
    } catch (error) {
      this.spacing.forget(key);
      logFailure('work_request.failed', error, { task });
    }
  }
}
