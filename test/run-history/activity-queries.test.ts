import fc from 'fast-check';
import { shareQueries } from '../../functions/run-history/activity-queries';

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('shareQueries', () => {
  it.each([
    [[], 10, []],
    [[0, 0], 10, [0, 0]],
    [[5, 1, 9], 9, [4, 1, 4]],
    [[9, 9, 9], 10, [3, 3, 4]],
    [[1, 1, 1], 2, [0, 1, 1]],
  ])('shares needs of %j from %i as %j', (needs, queries, shares) => {
    expect(shareQueries(needs, queries)).toEqual(shares);
  });

  it('uses all needed queries and shares them equally', () => {
    const needs = fc.array(fc.nat(500), { maxLength: 300 });
    fc.assert(
      fc.property(needs, fc.nat(400), (all, queries) => {
        const shares = shareQueries(all, queries);

        expect(sum(shares)).toBe(Math.min(sum(all), queries));
        const unmet = shares.filter((share, n) => share < all[n]!);
        for (const [n, share] of shares.entries()) {
          expect(share).toBeLessThanOrEqual(all[n]!);
          expect(share).toBeLessThanOrEqual(Math.min(...unmet, Infinity) + 1);
        }
      }),
    );
  });
});
