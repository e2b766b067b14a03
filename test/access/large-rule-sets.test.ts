/** Rule sets and directories of the greatest size: the requests of other customers go on. */
import { groupOf, personOf } from '../../functions/access/person';
import { EffectiveGrants } from '../../functions/access/rules/effective-grants';
import { ruleSetContent } from '../../functions/access/rules/role-rule';
import { compareRules } from '../../functions/access/rules/rule-comparison';
import type { DirectorySnapshot } from '../../functions/access/rules/snapshot';
import { aGroup, aRule, aUser, factory } from './access-context';

const noRules = ruleSetContent.parse({ rules: [] });
const patterns = (scopes: number, patternOf: (n: number) => string) =>
  ruleSetContent.parse({
    rules: Array.from({ length: 200 }, (_, n) =>
      aRule({
        id: `r${n}`,
        match: { kind: 'group_name_glob', value: patternOf(n) },
        scopes: Array.from({ length: scopes }, (__, of) => factory(`adf-${n}-${of}`)),
      }),
    ),
  });

/** Each person is in twenty groups. */
function directory(people: number): DirectorySnapshot {
  const groups = Array.from({ length: 1_000 }, (_, n) =>
    groupOf(aGroup(`G${n}`, `Department ${n} of the company, all employees`)),
  );
  const groupsOf = (n: number) => Array.from({ length: 20 }, (_, g) => `G${(n + g * 13) % 1_000}`);
  return {
    people: Array.from({ length: people }, (_, n) => personOf(aUser(n))),
    groups: new Map(groups.map((group) => [group.id, group])),
    groupIdsOf: new Map(Array.from({ length: people }, (_, n) => [`U${n}`, groupsOf(n)])),
  };
}

/** How often other work of the process had its turn. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let timer = setImmediate(function count() {
    turns++;
    timer = setImmediate(count);
  });
  await work();
  clearImmediate(timer);
  return turns;
}

describe('a comparison of rules', () => {
  it('compares rules and groups once and lets other work go on', async () => {
    const rules = patterns(1, (n) => `*dep*ment ${n} of*`);
    const snapshot = directory(10_000);
    let comparisons = 0;
    for (const group of snapshot.groups.values()) {
      const { displayName } = group;
      Object.defineProperty(group, 'displayName', { get: () => (comparisons++, displayName) });
    }

    const turns = await turnsDuring(() => compareRules(snapshot, noRules, rules));

    expect(comparisons).toBeLessThan(5 * snapshot.groups.size);
    expect(turns).toBeGreaterThan(2);
  }, 300_000);

  it('keeps no more grants than it lists', async () => {
    const rules = patterns(20, () => '*');

    const comparison = await compareRules(directory(50), noRules, rules);

    expect(comparison.added.count).toBe(50 * 200 * 20);
    expect(comparison.added.first).toHaveLength(500);
  }, 60_000);
});

describe('reasons of a grant', () => {
  it('have the same order, however the groups were read', () => {
    const groups = ['G2', 'G1', 'G3'].map((id) => groupOf(aGroup(id, 'ADF operators')));
    const reasons = (order: typeof groups) =>
      new EffectiveGrants(ruleSetContent.parse({ rules: [aRule()] })).ofPerson(
        personOf(aUser(1)),
        order,
      )[0]?.reasons;

    expect(reasons(groups)).toEqual(reasons(groups.toReversed()));
  });
});
