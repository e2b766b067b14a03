/** The part of the Durable client that this app uses. */
import type { InstanceStatus } from './instance-status';

export interface DurableClient {
  /** Starts an instance under an id of ours; nothing happens when that id is already known. */
  start(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Starts it anew under the same id, unless it is at work. */
  restart(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Nothing when no such instance is known (never started, or purged). */
  getStatus(instanceId: string): Promise<InstanceStatus | undefined>;
  /** Tells an instance something it may be waiting for; nothing happens when it is over or not known. */
  raiseEvent(instanceId: string, event: string): Promise<void>;
  /** These three do nothing to an instance that is over, or that nobody knows. */
  suspend(instanceId: string): Promise<void>;
  resume(instanceId: string): Promise<void>;
  terminate(instanceId: string): Promise<void>;
  /** Durable keeps the history of what has ended for ever, unless it is told to forget it. */
  purgeHistory(before: Date): Promise<void>;
}
