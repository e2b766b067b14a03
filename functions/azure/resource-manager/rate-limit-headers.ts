/** Reads rate limits from response headers of Azure. */
export type Header = (name: string) => string | undefined;

const budgetKinds = ['reads', 'writes'] as const;
/** Azure counts reads and writes separately. Only its response tells how it counted a POST query. */
export type BudgetKind = (typeof budgetKinds)[number];

/** Remaining requests of the subscription, or of the tenant for a URL without subscription. */
export function remainingRequests(
  header: Header,
  scope: 'subscription' | 'tenant',
): [kind: BudgetKind, remaining: number][] {
  return budgetKinds.flatMap((kind) => {
    const remaining = count(header(`x-ms-ratelimit-remaining-${scope}-${kind}`));
    return remaining === undefined ? [] : [[kind, remaining]];
  });
}

export interface Quota {
  readonly remaining: number;
  readonly resetMs: number;
}

/** Quota of Resource Graph: a count, and `hh:mm:ss` until it is reset. */
export function graphQuota(header: Header): Quota | undefined {
  const remaining = count(header('x-ms-user-quota-remaining'));
  if (remaining === undefined) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(\d+):(\d+):(\d+)/.exec(header('x-ms-user-quota-resets-after') ?? '') ?? [];
  const resetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return { remaining, resetMs };
}

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
