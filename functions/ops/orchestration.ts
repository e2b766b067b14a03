/**
 * The index of orchestrations: one row per instance that was started for a tenant, because Durable can
 * neither filter by tenant nor return pages. Children are part of their parent, and instances of no
 * tenant, such as retention, are not listed.
 */
import { z } from 'zod';
import type { Instance } from '../durable/instance';
import { instanceStatuses, isActive, type InstanceStatus } from '../durable/instance-status';

export interface Orchestration {
  readonly tenantId: string;
  readonly instanceId: string;
  /** Name of the orchestrator. */
  readonly name: string;
  readonly connectorId?: string;
  readonly syncRunId?: string;
  readonly status: InstanceStatus;
  readonly createdAt: string;
  /** Time of the last change that the index knows of. */
  readonly updatedAt: string;
  /** Absent while the instance is active. */
  readonly finishedAt?: string;
}

export interface OrchestrationDetail {
  /** Row of the instance, or of the root of a child. */
  readonly root: Orchestration;
  readonly instance: Instance;
}

export interface OrchestrationFilter {
  readonly statuses?: readonly InstanceStatus[] | undefined;
  readonly createdFrom?: Date | undefined;
  /** Exclusive. */
  readonly createdTo?: Date | undefined;
  readonly name?: string | undefined;
  readonly connectorId?: string | undefined;
  readonly idPrefix?: string | undefined;
}

export type OrchestrationOrder = 'newest' | 'oldest';

export const activeInstanceStatuses = instanceStatuses.filter(isActive);
export const terminalInstanceStatuses = instanceStatuses.filter((status) => !isActive(status));

/** What inputs of orchestrations have in common. */
const commonInput = z.object({
  tenantId: z.string(),
  connectorId: z.string().optional(),
  syncRunId: z.string().optional(),
});

/** The row of an instance that is being started; undefined if it belongs to no tenant. */
export function toOrchestration(
  name: string,
  instanceId: string,
  input: unknown,
  now: Date,
): Orchestration | undefined {
  const { success, data } = commonInput.safeParse(input);
  if (!success) return undefined;
  const at = now.toISOString();
  const { tenantId, connectorId, syncRunId } = data;
  return {
    tenantId,
    instanceId,
    name,
    ...(connectorId !== undefined && { connectorId }),
    ...(syncRunId !== undefined && { syncRunId }),
    status: 'Pending',
    createdAt: at,
    updatedAt: at,
  };
}

export function withStatus(
  { finishedAt: _finishedAt, ...orchestration }: Orchestration,
  status: InstanceStatus,
  at: string,
): Orchestration {
  return {
    ...orchestration,
    status,
    updatedAt: at,
    ...(!isActive(status) && { finishedAt: at }),
  };
}

/**
 * Ids of the instances that may be the root of an instance, the instance itself first: a child is
 * named after its parent, with a number.
 */
export function possibleRoots(instanceId: string): readonly string[] {
  const ids = [instanceId];
  let id = instanceId;
  while (/-\d+$/.test(id)) ids.push((id = id.replace(/-\d+$/, '')));
  return ids;
}
