/** The part of the Durable client that this app uses. Consumers take a Pick of it. */
import type { InstanceStatus } from './instance-status';

export interface DurableClient {
  /** Starts an instance under this id. Does nothing if the id is known. */
  start(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Starts an instance under this id again, unless it is active. */
  restart(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Undefined if the instance was never started or is purged. */
  getStatus(instanceId: string): Promise<InstanceStatus | undefined>;
  /** Raises an event. Does nothing if the instance is terminal or unknown. */
  raiseEvent(instanceId: string, event: string): Promise<void>;
  /**
   * Suspends an instance that is active. Does nothing in any other state, like `resume` and
   * `terminate`: each may be repeated, and the state may change at the same time.
   */
  suspend(instanceId: string): Promise<void>;
  /** Resumes an instance that is suspended. */
  resume(instanceId: string): Promise<void>;
  /** Ends an instance that is active. Its children run on to their end. */
  terminate(instanceId: string): Promise<void>;
  /**
   * Deletes the history of terminal instances that were created in this period. Durable never deletes
   * it by itself.
   */
  purgeHistory(from: Date, to: Date): Promise<void>;
}
