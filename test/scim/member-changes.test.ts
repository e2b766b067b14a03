/** Member changes against a model that reads all members, as a group of any size must not. */
import fc from 'fast-check';
import { isRemoved, hasNoMemberChanges } from '../../functions/scim/member-changes';
import type { MemberChanges } from '../../functions/scim/member-changes';
import type { Member } from '../../functions/scim/resource';
import { patchGroup } from './support/resources';

/** What a store does: three independent steps on rows. */
function applied(stored: readonly Member[], changes: MemberChanges): ReadonlyMap<string, Member> {
  const kept = stored.filter((member) => !isRemoved(changes, member));
  const rows = new Map(kept.map((member) => [member.value, member]));
  for (const member of changes.add.values()) rows.set(member.value, member);
  return rows;
}

type Step =
  | { readonly kind: 'add' | 'replace' | 'removeListed'; readonly members: readonly Member[] }
  | { readonly kind: 'removeOne' | 'removeType'; readonly text: string }
  | { readonly kind: 'clear' };

const value = fc.constantFrom('a', 'b', 'c', 'd');
const member: fc.Arbitrary<Member> = fc.oneof(
  fc.record({ value }),
  fc.record({ value, type: fc.constantFrom('User', 'Group') }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add' as const, 'replace' as const, 'removeListed' as const),
    members: fc.uniqueArray(member, { maxLength: 3, selector: (one) => one.value }),
  }),
  fc.record({ kind: fc.constant('removeOne' as const), text: value }),
  fc.record({ kind: fc.constant('removeType' as const), text: fc.constantFrom('User', 'Group') }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

function operationOf(one: Step) {
  switch (one.kind) {
    case 'add':
    case 'replace':
      return { op: one.kind, path: 'members', value: one.members.map((each) => ({ ...each })) };
    case 'removeListed':
      return { op: 'remove', path: 'members', value: one.members.map((each) => ({ ...each })) };
    case 'removeOne':
      return { op: 'remove', path: `members[value eq "${one.text}"]` };
    case 'removeType':
      return { op: 'remove', path: `members[type eq "${one.text}"]` };
    case 'clear':
      return { op: 'remove', path: 'members' };
  }
}

function model(rows: Map<string, Member>, one: Step): void {
  if (one.kind === 'clear' || one.kind === 'replace') rows.clear();
  if (one.kind === 'add' || one.kind === 'replace')
    for (const each of one.members) rows.set(each.value, each);
  if (one.kind === 'removeListed') for (const each of one.members) rows.delete(each.value);
  if (one.kind === 'removeOne') rows.delete(one.text);
  if (one.kind === 'removeType')
    for (const each of rows.values())
      if (each.type?.toLowerCase() === one.text.toLowerCase()) rows.delete(each.value);
}

const sorted = (rows: ReadonlyMap<string, Member>) => [...rows.keys()].sort();

describe('member changes', () => {
  it('have the effect of their operations one after the other', () => {
    const members = fc.uniqueArray(member, { selector: (one) => one.value });
    fc.assert(
      fc.property(members, fc.array(step, { minLength: 1, maxLength: 6 }), (stored, steps) => {
        const rows = new Map(stored.map((one) => [one.value, one]));
        for (const one of steps) model(rows, one);

        const changes = patchGroup(steps.map(operationOf), 'entra').members!;

        expect(sorted(applied(stored, changes))).toEqual(sorted(rows));
      }),
      { numRuns: 1_000 },
    );
  });

  it('name the members that a condition can meet', () => {
    const path = 'members[value eq "a" and type eq "User"]';

    const { members } = patchGroup([{ op: 'remove', path }]);

    expect(members!.removeMatching).toMatchObject([{ values: ['a'] }]);
    expect(isRemoved(members!, { value: 'a', type: 'User' })).toBe(true);
    expect(isRemoved(members!, { value: 'b', type: 'User' })).toBe(false);
  });

  it('remove several members by one condition without reading any', () => {
    const path = 'members[value eq "a" or value eq "b"]';

    const { members } = patchGroup([{ op: 'remove', path }]);

    expect(members).toMatchObject({ remove: new Set(['a', 'b']), removeMatching: [] });
  });

  it.each(['display eq "Ada"', 'value eq "a" and display pr', 'not ($ref ew "a")'])(
    'refuse the condition %s, which no stored member can meet',
    (condition) => {
      const path = `members[${condition}]`;

      expect(() => patchGroup([{ op: 'remove', path }])).toThrow(
        expect.objectContaining({ reason: 'invalidFilter' }),
      );
    },
  );

  it('take a value with the text of a filter as data', () => {
    const injected = 'x" or value sw "';

    const { members } = patchGroup([{ op: 'remove', path: 'members', value: injected }], 'okta');

    expect(members).toMatchObject({ remove: new Set([injected]), removeMatching: [] });
  });

  it('are none for operations on other attributes', () => {
    const renamed = patchGroup([{ op: 'replace', path: 'displayName', value: 'x' }]);
    const added = patchGroup([{ op: 'add', path: 'members', value: [{ value: 'a' }] }]);

    expect(hasNoMemberChanges(renamed.members!)).toBe(true);
    expect(hasNoMemberChanges(added.members!)).toBe(false);
  });
});
