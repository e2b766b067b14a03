/** Paths of PATCH operations (RFC 7644 section 3.5.2): attribute, value filter, sub-attribute. */
import { parseValueFilter } from '../filter/parse-filter';
import { Scanner } from '../filter/scanner';
import type { Filter } from '../filter/filter';
import type { Profile } from '../profile';
import type { Attribute, Schema } from '../schema/attribute';
import { resolveName, resolveSubAttribute } from '../schema/resolve';
import type { ResourceType } from '../schema/resource-type';

export interface AttributePath {
  /** No sub-attribute. */
  readonly attribute: Attribute;
  /** Selects values of the attribute. */
  readonly filter?: Filter;
  readonly subAttribute?: Attribute;
}

/** An attribute, or all attributes of a schema. */
export type Path = AttributePath | { readonly schema: Schema };

/** Throws ScimError `invalidPath`, or `invalidFilter` for the condition in the brackets. */
export function parsePath(text: string, type: ResourceType, profile: Profile): Path {
  const scanner = new Scanner(text, 'invalidPath');
  const name = scanner.word();
  if (name === '') throw scanner.error('is empty', 'Name an attribute, such as name.givenName.');
  const found = resolveName([type], name, profile, 'invalidPath');
  if (!scanner.takeDirectly('[')) {
    if (!scanner.atEnd) throw scanner.error('goes on after its end', 'Remove the rest.');
    return 'schema' in found ? found : splitSubAttribute(found.attribute);
  }
  if ('schema' in found || found.attribute.type !== 'complex')
    throw scanner.error('has brackets after a name that is not complex', 'Remove the brackets.');
  const { attribute } = found;
  const filter = parseValueFilter(scanner, attribute, profile);
  const subName = scanner.takeDirectly('.') ? scanner.word() : undefined;
  if (!scanner.atEnd) throw scanner.error('goes on after its end', 'Remove the rest.');
  if (subName === undefined) return { attribute, filter };
  return {
    attribute,
    filter,
    subAttribute: resolveSubAttribute(attribute, subName, 'invalidPath'),
  };
}

export const splitSubAttribute = (attribute: Attribute): AttributePath =>
  attribute.parent ? { attribute: attribute.parent, subAttribute: attribute } : { attribute };
