/** Rules × memberships → wanted grants. */
import fc from 'fast-check';
import {
  grantKey,
  grantsOfGroup,
  grantsOfPerson,
} from '../../functions/access/rules/effective-grants';
import { matchesGlob } from '../../functions/access/rules/glob';
import {
  ruleSetContent,
  type RoleRule,
  type RuleMatch,
} from '../../functions/access/rules/role-rule';
import type { Group, Person } from '../../functions/access/person';
import { aRule, factory, resourceGroup } from './access-context';

const person: Person = {
  id: 'U1',
  userName: 'ada@contoso.example',
  active: true,
  emails: [],
  roles: ['Analyst'],
};
const group: Group = { id: 'G1', displayName: 'ADF Operators', externalId: 'ext-1' };
const set = (rules: readonly RoleRule[], highestRoleOnly = false) => ({
  rules: [...rules],
  highestRoleOnly,
});

describe('a rule matches', () => {
  const grantsBy = (match: RuleMatch) =>
    grantsOfPerson(set([aRule({ match })]), person, [group]).length;

  it.each<[RuleMatch, number]>([
    [{ kind: 'group_name', value: 'adf operators' }, 1],
    [{ kind: 'group_name', value: 'ADF' }, 0],
    [{ kind: 'group_name', value: 'ADF *' }, 0],
    [{ kind: 'group_name_glob', value: 'adf *' }, 1],
    [{ kind: 'group_name_glob', value: '*' }, 1],
    [{ kind: 'group_name_glob', value: 'adf' }, 0],
    [{ kind: 'group_external_id', value: 'ext-1' }, 1],
    [{ kind: 'group_external_id', value: 'EXT-1' }, 0],
    [{ kind: 'group_id', value: 'G1' }, 1],
    [{ kind: 'group_id', value: 'G2' }, 0],
    [{ kind: 'user_role', value: 'Analyst' }, 1],
    [{ kind: 'user_role', value: 'analyst' }, 0],
  ])('%o: %i grants', (match, count) => {
    expect(grantsBy(match)).toBe(count);
  });
});

describe('effective grants', () => {
  it('are deduplicated, with every reason', () => {
    const rules = [
      aRule({ id: 'a', scopes: [factory('adf-prod')] }),
      aRule({ id: 'b', scopes: [factory('ADF-PROD'), factory('adf-test')] }),
    ];

    const grants = grantsOfPerson(set(rules), person, [{ ...group, displayName: 'ADF operators' }]);

    expect(grants).toEqual([
      {
        role: 'operator',
        scope: factory('adf-prod'),
        reasons: [
          { ruleId: 'a', groupId: 'G1' },
          { ruleId: 'b', groupId: 'G1' },
        ],
      },
      { role: 'operator', scope: factory('adf-test'), reasons: [{ ruleId: 'b', groupId: 'G1' }] },
    ]);
  });

  it('keep the most powerful role on each scope on demand', () => {
    const rules = [
      aRule({ id: 'r', role: 'reader', scopes: [factory('adf-prod'), resourceGroup] }),
      aRule({ id: 'c', role: 'contributor' }),
    ];

    const grants = grantsOfPerson(set(rules, true), person, [
      { ...group, displayName: 'ADF operators' },
    ]);

    expect(grants.map(grantKey)).toEqual([
      grantKey({ role: 'reader', scope: resourceGroup }),
      grantKey({ role: 'contributor', scope: factory('adf-prod') }),
    ]);
  });

  it('are empty for an inactive person and without a matching group', () => {
    const rules = set([aRule()]);

    expect(grantsOfPerson(rules, { ...person, active: false }, [group])).toEqual([]);
    expect(grantsOfPerson(rules, person, [])).toEqual([]);
    expect(grantsOfPerson(set([]), person, [group])).toEqual([]);
  });

  it('of group rules go to the group and not to its members', () => {
    const rules = set([aRule({ principalMode: 'group' })]);
    const named = { ...group, displayName: 'ADF operators' };

    expect(grantsOfPerson(rules, person, [named])).toEqual([]);
    expect(grantsOfGroup(rules, named)).toHaveLength(1);
  });

  it('only grow with more groups and never depend on their order', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 6 });
    const ruleList = fc.array(
      fc.record({
        value: fc.constantFrom('a', 'b', 'c', 'd', '*'),
        role: fc.constantFrom('contributor' as const, 'operator' as const, 'reader' as const),
        scope: fc.constantFrom('f1', 'f2', 'F1'),
      }),
      { maxLength: 6 },
    );

    fc.assert(
      fc.property(ruleList, names, names, (rules, some, more) => {
        const rulesOf = set(
          rules.map(({ value, role, scope }, n) =>
            aRule({
              id: `r${n}`,
              match: { kind: 'group_name_glob', value },
              role,
              scopes: [factory(scope)],
            }),
          ),
        );
        const groupsOf = (all: readonly string[]) =>
          [...new Set(all)].map((name) => ({ id: name, displayName: name }));
        const keys = (all: readonly string[]) =>
          new Set(grantsOfPerson(rulesOf, person, groupsOf(all)).map(grantKey));

        const small = keys(some);
        const large = keys([...some, ...more]);

        expect([...small].filter((one) => !large.has(one))).toEqual([]);
        expect(keys([...some].toReversed())).toEqual(small);
      }),
    );
  });
});

describe('a pattern', () => {
  it.each([
    ['a*c', 'abbc', true],
    ['a*c', 'abb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['', '', true],
    ['', 'a', false],
    ['**', '', true],
    ['ä*', 'ÄPFEL', true],
    ['(a+)+', '(a+)+', true],
  ])('%s on %s: %p', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('of stars on a long text ends soon', () => {
    expect(matchesGlob('*a'.repeat(100) + 'b', 'a'.repeat(10_000))).toBe(false);
  });
});

describe('a rule set', () => {
  const rule = { id: 'r', match: { kind: 'group_name', value: 'x' }, role: 'reader' };

  it.each([
    ['a subscription', '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1'],
    ['a storage account', `${resourceGroup}/providers/Microsoft.Storage/storageAccounts/x`],
    ['a path that climbs', `${factory('adf')}/../../..`],
    ['a path with a query', `${factory('adf')}?x`],
    ['the root', '/'],
  ])('refuses %s as scope', (_, scope) => {
    expect(ruleSetContent.safeParse({ rules: [{ ...rule, scopes: [scope] }] }).success).toBe(false);
  });

  it('refuses two rules with one id', () => {
    const scopes = [resourceGroup];

    const parsed = ruleSetContent.safeParse({
      rules: [
        { ...rule, scopes },
        { ...rule, scopes },
      ],
    });

    expect(parsed.success).toBe(false);
  });

  it('refuses the group mode for a rule on user roles', () => {
    const wrong = {
      ...rule,
      match: { kind: 'user_role', value: 'x' },
      scopes: [resourceGroup],
      principalMode: 'group',
    };

    expect(ruleSetContent.safeParse({ rules: [wrong] }).success).toBe(false);
  });
});
