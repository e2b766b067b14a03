/** Runtime status of an orchestration instance, in the terms of Durable. */
export type InstanceStatus =
  | 'Pending'
  | 'Running'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated'
  | 'ContinuedAsNew'
  | 'Canceled';

const activeStatuses: ReadonlySet<string> = new Set<InstanceStatus>([
  'Pending',
  'Running',
  'Suspended',
  'ContinuedAsNew',
]);

/** False for an unknown instance. */
export const isActive = (status: string | undefined): boolean =>
  status !== undefined && activeStatuses.has(status);
