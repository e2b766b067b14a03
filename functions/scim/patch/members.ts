/** PATCH operations on the members of a group, without reading a member. */
import { invalidValue } from '../coerce';
import { attributesCompared, fixedSubAttributes } from '../filter/lookups';
import type { JsonValue } from '../json';
import { coerceMembers, type MemberChangesBuilder } from '../member-changes';
import type { Filter } from '../filter/filter';
import type { Profile } from '../profile';
import type { Attribute } from '../schema/attribute';
import { ScimError } from '../scim-error';
import { assertRemovalByValue } from './multi-valued';
import type { PatchOp } from './patch-request';
import type { AttributePath } from './path';

export function applyToMembers(
  changes: MemberChangesBuilder,
  op: PatchOp,
  path: AttributePath,
  value: JsonValue | undefined,
  profile: Profile,
): void {
  const { attribute, filter, subAttribute } = path;
  if (subAttribute)
    throw new ScimError(
      'mutability',
      `${subAttribute.path} cannot change. Remove the member and add another one.`,
      subAttribute.path,
    );
  if (filter) assertStored(attribute, filter);
  if (op === 'remove') return remove(changes, path, value, profile);
  if (filter) return replaceSelected(changes, path, value, profile);
  const members = coerceMembers(attribute, value ?? null, profile);
  if (op === 'add') changes.add(members);
  else changes.replace(members);
}

const stored = ['value', 'type'];

/** A condition on another name would silently select no member, and the members would stay. */
function assertStored({ path }: Attribute, filter: Filter): void {
  const other = attributesCompared(filter).find(({ name }) => !stored.includes(name));
  if (other)
    throw new ScimError(
      'invalidFilter',
      `${path} are selected by value and type, not by ${other.path}. Use ${path}[value eq "id"].`,
      other.path,
    );
}

/** Only a remove without the key `value` removes all members: an empty value removes none. */
function remove(
  changes: MemberChangesBuilder,
  { attribute, filter }: AttributePath,
  value: JsonValue | undefined,
  profile: Profile,
): void {
  if (filter) return changes.removeMatching(filter);
  if (value === undefined) return changes.replace([]);
  assertRemovalByValue(attribute, profile);
  changes.remove(coerceMembers(attribute, value, profile).map((member) => member.value));
}

/** Whether a stored member matches is unknown here, so the strict profile has no answer for it. */
function replaceSelected(
  changes: MemberChangesBuilder,
  { attribute, filter }: AttributePath,
  value: JsonValue | undefined,
  profile: Profile,
): void {
  if (!profile.lenient)
    throw new ScimError(
      'mutability',
      `Values of ${attribute.path} cannot change. Remove the member and add another one.`,
      attribute.path,
    );
  if (!fixedSubAttributes(filter!)?.['value'])
    throw invalidValue(attribute, 'needs a condition such as [value eq "id"] here.');
  const members = coerceMembers(attribute, value ?? null, profile);
  changes.removeMatching(filter!);
  changes.add(members);
}
