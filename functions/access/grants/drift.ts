/** What a reconciliation found at Azure, kept for the access report. */
import { z } from 'zod';
import { roleName } from '../rules/role-rule';
import { scopeKey } from '../rules/scope';
import { assignmentProblems } from './assignment';

/** Foreign assignments and failed scopes that are listed; more are only counted. */
export const maxListed = 50;

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
  /** Leftovers that the breaker admitted and that are not deleted yet. Absent if there are none. */
  admittedLeftovers: z.int().exactOptional(),
  foreign: z
    .array(
      z.object({
        name: z.string(),
        scope: z.string(),
        role: roleName,
        principalId: z.string(),
      }),
    )
    .max(maxListed),
  /** Scopes whose list failed or was not asked for, and those where leftovers could not be removed. */
  failedScopes: z.array(z.object({ scope: z.string(), problem: z.enum(assignmentProblems) })),
  /** All of them. Absent if all are listed. */
  failedScopeCount: z.int().exactOptional(),
  /** The first scope that was not asked for. The next reconciliation begins with it. */
  nextScope: z.string().exactOptional(),
  subscriptions: z.array(z.object({ subscriptionId: z.string(), assignments: z.int() })),
});
export type DriftReport = Readonly<z.infer<typeof driftReport>>;

/** A third of what a column holds: a report has three lists. */
const maxLength = 10_000;

/** The first items of a list of the report, which is one column of a row. */
export function listed<T>(items: readonly T[], count = maxListed): T[] {
  let length = 0;
  return items.slice(0, count).filter((item) => {
    length += JSON.stringify(item).length + 1;
    return length <= maxLength;
  });
}

/** Each scope once, in a fixed order that begins with the one that was not asked for before. */
export function scopesFrom(scopes: readonly string[], first = ''): readonly string[] {
  const byKey = new Map(scopes.map((scope) => [scopeKey(scope), scope]));
  const sorted = [...byKey].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const isBefore = ([id]: (typeof sorted)[number]) => id < scopeKey(first);
  return [...sorted.filter((each) => !isBefore(each)), ...sorted.filter(isBefore)].map(
    ([, scope]) => scope,
  );
}
