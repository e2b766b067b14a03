/**
 * How a sync run shares its queries of activity runs among factories. Pure, so that orchestrators may
 * import it.
 */

/** Queries of one sync run over all factories: Azure throttles them first. */
export const maxActivityQueries = 200;

/**
 * Shares by need: no factory gets more than it needs, and what a small one leaves goes to the others.
 * The shares of those that need more than their part differ by at most one.
 */
export function shareQueries(needs: readonly number[], queries: number): number[] {
  const shares = needs.map(() => 0);
  const smallestFirst = [...needs.keys()].sort((one, other) => needs[one]! - needs[other]!);
  let remaining = queries;
  for (const [position, index] of smallestFirst.entries()) {
    const part = Math.floor(remaining / (needs.length - position));
    shares[index] = Math.min(needs[index]!, part);
    remaining -= shares[index];
  }
  return shares;
}
