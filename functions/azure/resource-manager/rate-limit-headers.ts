/** What Azure's answers say about how much may still be asked. */
export type Header = (name: string) => string | undefined;

export const budgetKinds = ['reads', 'writes'] as const;
/** Azure counts reads and writes apart; which of the two a query is, only its answer tells. */
export type BudgetKind = (typeof budgetKinds)[number];

/** What is left of the subscription, or of the tenant when the request named none. */
export function remainingRequests(
  header: Header,
  scope: 'subscription' | 'tenant',
): [kind: BudgetKind, left: number][] {
  return budgetKinds.flatMap((kind) => {
    const left = count(header(`x-ms-ratelimit-remaining-${scope}-${kind}`));
    return left === undefined ? [] : [[kind, left]];
  });
}

export interface Quota {
  readonly remaining: number;
  readonly resetMs: number;
}

/** Resource Graph's own quota: a count, and `hh:mm:ss` until it is whole again. */
export function graphQuota(header: Header): Quota | undefined {
  const left = count(header('x-ms-user-quota-remaining'));
  if (left === undefined) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(\d+):(\d+):(\d+)/.exec(header('x-ms-user-quota-resets-after') ?? '') ?? [];
  const resetsInMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return { remaining: left, resetMs: resetsInMs };
}

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
