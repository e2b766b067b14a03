/**
 * Changes of members as set operations. Members are rows of their own, so no member is read: the
 * cost of a change does not depend on the size of the group.
 */
import { coerceSubAttributes, invalidValue } from './coerce';
import { matchesValue } from './filter/evaluate';
import type { Filter } from './filter/filter';
import { valuesNamed } from './filter/lookups';
import { isList, isObject, readMembers, typeName, type JsonObject, type JsonValue } from './json';
import { limits } from './limits';
import type { Profile } from './profile';
import type { ComplexValue, Member } from './resource';
import type { Attribute } from './schema/attribute';
import { ScimError } from './scim-error';

/** Removes the stored members that meet a condition. */
export interface MemberFilter {
  readonly filter: Filter;
  /** The only members that can meet the condition. Absent: any member can. */
  readonly values?: readonly string[];
}

/**
 * The members after the change: the stored ones (none if `clear`), without those of `remove` and
 * `removeMatching`, with those of `add`. Each part can be applied on its own, in any order.
 */
export interface MemberChanges {
  /** Whether the change replaces all members. */
  readonly clear: boolean;
  /** By value. */
  readonly add: ReadonlyMap<string, Member>;
  /** Values. Empty if `clear`. */
  readonly remove: ReadonlySet<string>;
  /** Conditions on other attributes than `value`. Empty if `clear`. */
  readonly removeMatching: readonly MemberFilter[];
}

/** Collects the operations of one request in their order. */
export class MemberChangesBuilder {
  private clear = false;
  private readonly added = new Map<string, Member>();
  private readonly removed = new Set<string>();
  private matching: MemberFilter[] = [];
  private conditions = 0;

  add(members: readonly Member[]): void {
    for (const member of members) {
      this.removed.delete(member.value);
      this.added.set(member.value, member);
    }
  }

  remove(values: readonly string[]): void {
    for (const value of values) {
      this.added.delete(value);
      if (!this.clear) this.removed.add(value);
    }
  }

  removeMatching(filter: Filter): void {
    const values = valuesNamed(filter, 'value');
    if (values && isValueOnly(filter)) {
      this.remove(values);
      return;
    }
    if (++this.conditions > limits.memberConditions)
      throw new ScimError(
        'tooMany',
        `The request has more than ${limits.memberConditions} conditions on members. Split it.`,
        'members',
      );
    const added = [...this.added.values()].filter((one) => matchesValue(filter, toComplex(one)));
    this.remove(added.map((member) => member.value));
    if (!this.clear) this.matching.push({ filter, ...(values && { values }) });
  }

  replace(members: readonly Member[]): void {
    this.clear = true;
    this.added.clear();
    this.removed.clear();
    this.matching = [];
    this.add(members);
  }

  build(): MemberChanges {
    return {
      clear: this.clear,
      add: this.added,
      remove: this.removed,
      removeMatching: this.matching,
    };
  }
}

/** Whether a stored member is removed by a condition. `add` wins over both kinds of removal. */
export const isRemoved = (changes: MemberChanges, member: Member): boolean =>
  !changes.add.has(member.value) &&
  (changes.clear ||
    changes.remove.has(member.value) ||
    changes.removeMatching.some(({ filter }) => matchesValue(filter, toComplex(member))));

/** Whether no stored member can change and none is added. */
export const hasNoMemberChanges = (changes: MemberChanges): boolean =>
  !changes.clear &&
  changes.add.size === 0 &&
  changes.remove.size === 0 &&
  changes.removeMatching.length === 0;

const toComplex = ({ value, type }: Member): ComplexValue => ({
  value,
  ...(type !== undefined && { type }),
});

/** Whether the condition consists of `value eq` joined by `or`. */
function isValueOnly(filter: Filter): boolean {
  if (filter.kind === 'or') return filter.operands.every(isValueOnly);
  return filter.kind === 'comparison' && filter.attribute.name === 'value';
}

/**
 * Members that a request names. Null and other values that are no list of members are an error, so
 * that no mistake in a mapping empties a group; an empty list is a list.
 */
export function coerceMembers(
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): readonly Member[] {
  if (value === null || value === '')
    throw invalidValue(attribute, 'must be a list of members. Send [] for no members.');
  const members = (isList(value) ? value : [value]).map((one) => {
    if (one === null || one === '' || (isList(one) && one.length === 0))
      throw invalidValue(attribute, `has a member that is ${typeName(one)}. Send {"value": id}.`);
    return toMember(attribute, one, profile);
  });
  return [...new Map(members.map((member) => [member.value, member])).values()];
}

/** Objects without a value name no member (RFC 7643 section 2.5), and do not empty a group. */
export const namesNoMembers = (value: JsonValue): boolean =>
  isList(value) &&
  value.length > 0 &&
  value.every((one) => isObject(one) && Object.keys(one).length === 0);

function toMember(attribute: Attribute, given: JsonValue, profile: Profile): Member {
  const { value, $ref } = coerceSubAttributes(attribute, given, profile);
  if (!profile.lenient && $ref !== undefined && lastSegmentOf(String($ref)) !== value)
    throw invalidValue(attribute, 'has a member whose $ref ends with another id than its value.');
  const type = isObject(given) ? typeHintIn(attribute, given, profile) : undefined;
  return { value: String(value), ...(type && { type }) };
}

/** The service finds out the type, which takes less with a hint. */
function typeHintIn(attribute: Attribute, given: JsonObject, { lenient }: Profile): Member['type'] {
  const { type = null } = readMembers(given, ['type']);
  if (type === null || (type === '' && lenient)) return undefined;
  const text = typeof type === 'string' ? type.toLowerCase() : undefined;
  const known = memberTypes.find((one) => one.toLowerCase() === text);
  if (!known) throw invalidValue(attribute, 'has a member whose type is not User or Group.');
  return known;
}

const lastSegmentOf = (uri: string) => uri.slice(uri.lastIndexOf('/') + 1);

const memberTypes = ['User', 'Group'] as const;
