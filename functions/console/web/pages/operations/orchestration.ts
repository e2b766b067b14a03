/** Orchestrations as the API returns them, and what a status looks like. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';
import type { Tone } from '../../parts/tone';

export type Orchestration = ItemOf<'listOrchestrations'>;
export type OrchestrationDetail = Output<'getOrchestration'>;
export type TimelineEntry = OrchestrationDetail['timeline'][number];
export type OrchestrationStatus = Orchestration['status'];

export const statusTones: Readonly<Record<OrchestrationStatus, Tone>> = {
  Pending: 'neutral',
  Running: 'active',
  Suspended: 'warning',
  Completed: 'good',
  Failed: 'bad',
  Terminated: 'neutral',
  ContinuedAsNew: 'active',
  Canceled: 'neutral',
};

export const statuses = Object.keys(statusTones) as OrchestrationStatus[];

export const isActive = ({ status }: { readonly status: OrchestrationStatus }): boolean =>
  ['Pending', 'Running', 'Suspended', 'ContinuedAsNew'].includes(status);

/** What orchestrators do, in words. An unknown one keeps its name. */
const titles: Readonly<Record<string, string>> = {
  syncConnector: 'Sync of a connector',
  syncLane: 'Part of a sync',
  deliverWebhook: 'Delivery of a webhook',
  deviceFlow: 'Sign-in with a device code',
  purgeConnector: 'Deletion of a connector',
};

export const titleOf = (name: string): string => titles[name] ?? name;
