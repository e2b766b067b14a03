/**
 * Intents: "bring the assignments of this subject to what the rules want now". They are stored in
 * the transaction of the change that made them necessary. An intent holds no wanted state, so that a
 * repeated, late or superseded one does no harm: what is wanted is computed when it is worked on.
 */
import { z } from 'zod';
import type { AttachedRow, ChangedResource, DirectoryChange } from '../directory';
import { identityOf, isAccessRelevant, personOf } from '../person';

/** Intents that may take access away go before those that give it. */
export const urgencies = ['revoke', 'grant'] as const;
export type Urgency = (typeof urgencies)[number];

/**
 * `rules` compares the whole directory with the rules and the assignments. `leaver` finds out as whom
 * a deleted user signs in.
 */
export const target = z.object({
  kind: z.enum(['user', 'group', 'rules', 'leaver']),
  id: z.string(),
});
export type IntentTarget = Readonly<z.infer<typeof target>>;

export const causes = ['user', 'membership', 'group', 'rules', 'drift'] as const;

/** Columns of an intent besides its key. */
export const intentColumns = z.object({
  cause: z.enum(causes),
  requestedAt: z.string(),
  attempts: z.int(),
  /** Not worked on before this time. */
  dueAt: z.string(),
  problem: z.string().exactOptional(),
  /** Revocations that the breaker admitted and that are not made yet. Absent before an attempt. */
  admitted: z.int().exactOptional(),
  /** The users below the group have intents of their own. */
  expanded: z.literal(true).exactOptional(),
  /** JSON of the identity of a leaver, whose user does not exist any more. */
  identity: z.string().exactOptional(),
});

export type Intent = Readonly<z.infer<typeof intentColumns>> & {
  readonly urgency: Urgency;
  readonly target: IntentTarget;
};

export const intentRowKey = (urgency: Urgency, { kind, id }: IntentTarget): string =>
  `intent-${urgency}-${kind}-${id}`;

export const rulesTarget: IntentTarget = { kind: 'rules', id: 'all' };

export const newIntent = (
  urgency: Urgency,
  target: IntentTarget,
  cause: Intent['cause'],
  now: Date,
): Intent => ({
  urgency,
  target,
  cause,
  requestedAt: now.toISOString(),
  attempts: 0,
  dueAt: now.toISOString(),
});

export function toAttachedRow({ urgency, target, ...columns }: Intent): AttachedRow {
  return { rowKey: intentRowKey(urgency, target), columns };
}

/** The intents of a change: at most two for a user, and one for each group and member of it. */
export function intentsOf(change: DirectoryChange, now: Date): readonly Intent[] {
  const { users, groups, members } = change;
  return [
    ...users.flatMap((user) => ofUser(user, now)),
    ...groups.flatMap((group) => ofGroup(group, now)),
    ...members.map(({ memberId, memberType, effect }) =>
      newIntent(
        effect === 'added' ? 'grant' : 'revoke',
        { kind: memberType === 'User' ? 'user' : 'group', id: memberId },
        'membership',
        now,
      ),
    ),
  ];
}

function ofUser({ id, before, after }: ChangedResource, now: Date): readonly Intent[] {
  if (before && after && !isAccessRelevant(before, after)) return [];
  // A new user has nothing that could be taken away.
  const intent = newIntent(before ? 'revoke' : 'grant', { kind: 'user', id }, 'user', now);
  if (!before || after) return [intent];
  const leaver = newIntent('revoke', { kind: 'leaver', id }, 'user', now);
  return [intent, { ...leaver, identity: JSON.stringify(identityOf(personOf(before))) }];
}

function ofGroup({ id, before, after }: ChangedResource, now: Date): readonly Intent[] {
  const named = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) =>
    JSON.stringify([attributes['displayName'], attributes['externalId']]);
  if (before && after && named(before) === named(after)) return [];
  return [newIntent(before ? 'revoke' : 'grant', { kind: 'group', id }, 'group', now)];
}

/** Whether the change can take access away, so that the response waits for a first attempt. */
export const urgentTargetsOf = (intents: readonly Intent[]): readonly IntentTarget[] =>
  intents.filter(({ urgency }) => urgency === 'revoke').map((intent) => intent.target);

/**
 * Who a leaver was is found out by Entra, so it comes after the revocations, which share the lease of
 * the user.
 */
export function leaversLast<T>(
  items: readonly T[],
  targetOf: (item: T) => IntentTarget,
): readonly (readonly T[])[] {
  const isLeaver = (item: T) => targetOf(item).kind === 'leaver';
  return [items.filter((item) => !isLeaver(item)), items.filter(isLeaver)].filter(
    (some) => some.length > 0,
  );
}

const firstPauseMs = 2_000;
const maxPauseMs = 15 * 60_000;
/** A revocation is made soon after the end of an outage. */
const maxOutagePauseMs = 60_000;

/** The intent after a failed attempt. Waits longer each time, and at least as long as Azure asks. */
export function retried<T extends Intent>(
  intent: T,
  problem: string,
  retryAfterMs: number,
  now: Date,
): T {
  const isOutage = intent.urgency === 'revoke' && problem === 'unavailable';
  const longestMs = isOutage ? maxOutagePauseMs : maxPauseMs;
  const backoffMs = Math.min(longestMs, firstPauseMs * 2 ** intent.attempts);
  const dueAt = new Date(now.getTime() + Math.max(retryAfterMs, backoffMs)).toISOString();
  return { ...intent, attempts: intent.attempts + 1, dueAt, problem };
}
