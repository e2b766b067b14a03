/**
 * The kinds of data that are purged by age. Each is a task of its own, so a slow or failing one
 * delays no other.
 */

export const retentionTasks = [
  'removedResources',
  'runHistory',
  'events',
  'deliveries',
  'connectionAttempts',
  'idempotency',
  'rateLimits',
  'durableHistory',
] as const;
export type RetentionTask = (typeof retentionTasks)[number];

export interface RetentionInput {
  readonly task: RetentionTask;
  /** Where the previous batch ended. */
  readonly checkpoint?: string;
  /** Failures of previous batches: what failed, and its error code. */
  readonly failed?: readonly string[];
}

export const retentionInstanceId = (task: RetentionTask): string => `retention-${task}`;
