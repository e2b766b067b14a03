/**
 * Work that is due: a tick looks for it every minute, for all tenants. Where a minute is too long, a
 * message asks for one task of one tenant at once. A message that is lost costs a minute, and one
 * that is repeated finds nothing to do.
 */
import { z } from 'zod';

export const dueTasks = [
  'relayOutbox',
  'linkAudit',
  'applyRoleRules',
  'maintainProvisioning',
  'pushOpenLineage',
] as const;
export type DueTask = (typeof dueTasks)[number];

/** Text of a message is the JSON of it. */
export const workRequest = z.object({ task: z.enum(dueTasks), tenantId: z.string().min(1) });
export type WorkRequest = Readonly<z.infer<typeof workRequest>>;

/** Queues that the deployment makes. */
export const queueNames = { work: 'work' } as const;
