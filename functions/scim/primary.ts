/** At most one value of an attribute is primary (RFC 7643 section 2.4). */
import type { ComplexValue } from './resource';
import type { Attribute } from './schema/attribute';
import { ScimError } from './scim-error';

const isPrimary = (value: ComplexValue) => value['primary'] === true;

/**
 * A value that a request makes primary takes this from the others (RFC 7644 section 3.5.2). Throws
 * ScimError `invalidValue` if the request makes several values primary.
 */
export function withOnePrimary(
  { path }: Attribute,
  values: readonly ComplexValue[],
  isOfRequest: (value: ComplexValue) => boolean,
): readonly ComplexValue[] {
  const primaries = values.filter(isPrimary);
  if (primaries.length < 2) return values;
  const ofRequest = primaries.filter(isOfRequest);
  if (ofRequest.length !== 1)
    throw new ScimError(
      'invalidValue',
      `${path} has more than one primary value. Mark one of them.`,
      path,
    );
  return values.map((value) =>
    isPrimary(value) && value !== ofRequest[0] ? { ...value, primary: false } : value,
  );
}
