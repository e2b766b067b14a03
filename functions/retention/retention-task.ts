/**
 * The kinds of data that are purged by age. Each is a task of its own, so a slow or failing one
 * delays no other.
 */

export const retentionTasks = [
  'removedResources',
  'runHistory',
  'events',
  'audit',
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
}

export const retentionInstanceId = (task: RetentionTask): string => `retention-${task}`;
