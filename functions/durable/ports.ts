import type { DueTask } from './due-work';
import type { Instance } from './instance';
import type { InstanceStatus } from './instance-status';

/** The part of the Durable client that this app uses. Consumers take a Pick of it. */
export interface DurableClient {
  /** Starts an instance under this id. Does nothing if the id is known. */
  start(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Starts an instance under this id again, unless it is active. */
  restart(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Undefined if the instance was never started or is purged. */
  getStatus(instanceId: string): Promise<InstanceStatus | undefined>;
  /** With input, output and history. Undefined if the instance was never started or is purged. */
  getInstance(instanceId: string): Promise<Instance | undefined>;
  /** Raises an event. Does nothing if the instance is terminal or unknown. */
  raiseEvent(instanceId: string, event: string, data?: unknown): Promise<void>;
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
   * Repeats the failed steps of an instance that failed. Throws ConflictError in any other state, and
   * if the Durable backend cannot rewind.
   */
  rewind(instanceId: string): Promise<void>;
  /** Deletes an instance that is terminal. False if the instance is active. */
  purge(instanceId: string): Promise<boolean>;
  /**
   * Deletes the history of terminal instances that were created in this period. Durable never deletes
   * it by itself.
   */
  purgeHistory(from: Date, to: Date): Promise<void>;
}

/** Messages that become visible after a delay. A message may be lost or be delivered twice. */
export interface MessageQueue {
  /** Throws if the message was not stored. */
  send(text: string, delaySeconds: number): Promise<void>;
}

export interface WorkRequests {
  /**
   * Asks for a task of a tenant to run at once, or after a delay. Call it after the change is stored.
   * Never throws and takes a few seconds at most: the tick finds the work of a lost request.
   */
  request(task: DueTask, tenantId: string, delaySeconds?: number): Promise<void>;
}
