/** What a request changed, for audit records and to tell a change from a repetition. */
import type { Attributes, AttributeValue, ComplexValue, ExtensionValue } from './resource';
import { readTopLevel } from './resource';
import type { Attribute } from './schema/attribute';
import type { ResourceType } from './schema/resource-type';

export interface AttributeChange {
  /** `userName`, `name.givenName`, `emails`, `urn:…:User:department`. */
  readonly path: string;
  /** Absent if the attribute had no value. */
  readonly before?: AttributeValue;
  /** Absent if the attribute has no value any more. */
  readonly after?: AttributeValue;
}

/** Empty if nothing changed. Multi-valued attributes are compared as a whole. */
export function changesBetween(
  type: ResourceType,
  before: Attributes,
  after: Attributes,
): readonly AttributeChange[] {
  return type.allAttributes.flatMap((attribute) =>
    changesOf(attribute, readTopLevel(before, attribute), readTopLevel(after, attribute)),
  );
}

function changesOf(
  attribute: Attribute,
  before: AttributeValue | undefined,
  after: AttributeValue | undefined,
): readonly AttributeChange[] {
  if (before === after || isEqual(before, after)) return [];
  if (attribute.type !== 'complex' || attribute.multiValued)
    return [changeOf(attribute, before, after)];
  const [old, current] = [before ?? {}, after ?? {}] as [ComplexValue, ComplexValue];
  return Array.from(attribute.subAttributes.values()).flatMap((child) =>
    changesOf(child, old[child.name], current[child.name]),
  );
}

const changeOf = (
  { path }: Attribute,
  before: AttributeValue | undefined,
  after: AttributeValue | undefined,
): AttributeChange => ({
  path,
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

type Value = AttributeValue | ExtensionValue | undefined;

/** Deep equality. The order of values counts, the order of names does not. */
function isEqual(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  const [names, otherNames] = [Object.keys(one), Object.keys(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === otherNames.length &&
    names.every((name) => isEqual((one as ExtensionValue)[name], (other as ExtensionValue)[name]))
  );
}
