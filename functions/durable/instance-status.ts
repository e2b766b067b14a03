/** Where a Durable instance stands, in Durable's own words. */
export type InstanceStatus =
  | 'Pending'
  | 'Running'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated'
  | 'ContinuedAsNew'
  | 'Canceled';

const atWork: ReadonlySet<string> = new Set<InstanceStatus>([
  'Pending',
  'Running',
  'Suspended',
  'ContinuedAsNew',
]);

/** One that nobody knows is not. */
export const isActive = (status: string | undefined): boolean =>
  status !== undefined && atWork.has(status);
