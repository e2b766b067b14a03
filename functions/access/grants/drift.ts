/** What a reconciliation found at Azure, kept for the access report. */
import { z } from 'zod';
import { roleName } from '../rules/role-rule';
import { assignmentProblems } from './assignment';

/** Foreign assignments that are listed; more are only counted. */
export const maxForeignListed = 50;

/** Azure's limit of role assignments in a subscription, over all scopes. */
export const assignmentLimit = 4_000;
/** From this share on a warning is logged and shown. */
export const limitWarningShare = 0.8;

export const driftReport = z.object({
  at: z.string(),
  /** Ours that were missing at Azure and are created again. */
  missing: z.int(),
  /** Ours at Azure that nothing wants, deleted. */
  unwanted: z.int(),
  /** Assignments of our roles by others, and leftovers that are held. Not changed. */
  foreignCount: z.int(),
  /** Leftovers among them that wait for a confirmation. Absent if there are none. */
  heldLeftovers: z.int().exactOptional(),
  foreign: z
    .array(
      z.object({
        name: z.string(),
        scope: z.string(),
        role: roleName,
        principalId: z.string(),
      }),
    )
    .max(maxForeignListed),
  /** Scopes whose list failed. Nothing was changed there. */
  failedScopes: z.array(z.object({ scope: z.string(), problem: z.enum(assignmentProblems) })),
  subscriptions: z.array(z.object({ subscriptionId: z.string(), assignments: z.int() })),
});
export type DriftReport = Readonly<z.infer<typeof driftReport>>;
