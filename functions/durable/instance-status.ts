import { ConflictError } from '../errors/app-error';

/** Runtime statuses of an orchestration instance, in the terms of Durable. */
export const instanceStatuses = [
  'Pending',
  'Running',
  'Suspended',
  'Completed',
  'Failed',
  'Terminated',
  'ContinuedAsNew',
  'Canceled',
] as const;
export type InstanceStatus = (typeof instanceStatuses)[number];

const activeStatuses: ReadonlySet<string> = new Set<InstanceStatus>([
  'Pending',
  'Running',
  'Suspended',
  'ContinuedAsNew',
]);

/** False for an unknown instance. */
export const isActive = (status: string | undefined): boolean =>
  status !== undefined && activeStatuses.has(status);

export const notRewindable = (status: InstanceStatus | undefined) =>
  new ConflictError(
    'orchestration_not_failed',
    `Only a failed orchestration can be rewound; this one is ${status ?? 'unknown'}. Restart it instead.`,
  );
