/** Checks that an attribute can be compared as a filter asks, and prepares the value. */
import { comparisonKey } from '../compare';
import { parseDateTime } from '../date-time';
import type { Profile } from '../profile';
import type { SimpleValue } from '../resource';
import type { Attribute } from '../schema/attribute';
import { ScimError } from '../scim-error';
import type { Filter, Operator } from './filter';

/** A complex attribute is compared by its sub-attribute `value` (RFC 7644 section 3.4.2.2). */
export function comparedAttribute(attribute: Attribute): Attribute {
  if (attribute.type !== 'complex') return attribute;
  const value = attribute.subAttributes.get('value');
  if (value) return value;
  const names = Array.from(attribute.subAttributes.values(), ({ path }) => path).join(', ');
  throw invalid(attribute, `is complex and cannot be compared. Compare one of ${names}.`);
}

export function comparison(
  compared: Attribute,
  operator: Operator,
  literal: SimpleValue | null,
  profile: Profile,
): Filter {
  const attribute = comparedAttribute(compared);
  if (attribute.mutability === 'writeOnly')
    throw invalid(attribute, 'is write-only. Leave it out of the filter.');
  if (literal === null) return nullComparison(attribute, operator);
  assertOperator(attribute, operator);
  const value = literalOf(attribute, literal, profile);
  if (attribute.type === 'dateTime' && !isTextOperator(operator)) assertTime(attribute, value);
  return {
    kind: 'comparison',
    attribute,
    operator,
    value: isTextOperator(operator)
      ? foldedText(attribute, value)
      : comparisonKey(attribute, value),
    literal: value,
  };
}

/** An attribute that is null has no value (RFC 7643 section 2.5). */
function nullComparison(attribute: Attribute, operator: Operator): Filter {
  const present: Filter = { kind: 'present', attribute };
  if (operator === 'ne') return present;
  if (operator === 'eq') return { kind: 'not', operand: present };
  throw invalid(attribute, `cannot be compared with null by ${operator}. Use eq, ne or pr.`);
}

function literalOf(attribute: Attribute, literal: SimpleValue, profile: Profile): SimpleValue {
  switch (attribute.type) {
    case 'boolean': {
      const text = profile.lenient && typeof literal === 'string' ? literal.toLowerCase() : '';
      if (literal === true || text === 'true') return true;
      if (literal === false || text === 'false') return false;
      throw invalid(attribute, 'is a boolean. Compare it with true or false, without quotes.');
    }
    case 'integer':
    case 'decimal':
      if (typeof literal === 'number') return literal;
      throw invalid(attribute, 'is a number. Compare it with a number.');
    case 'dateTime':
      if (typeof literal === 'string') return literal;
      throw invalid(attribute, timeAdvice);
    case 'string':
    case 'reference':
    case 'binary':
      if (typeof literal === 'string') return literal;
      throw invalid(attribute, 'is a text. Compare it with a text in double quotes.');
    case 'complex':
      throw invalid(attribute, 'is complex and cannot be compared. Compare a sub-attribute.');
  }
}

const timeAdvice = 'is a dateTime. Compare it with a text such as "2026-01-31T08:00:00Z".';

const isTextOperator = (operator: Operator) =>
  operator === 'co' || operator === 'sw' || operator === 'ew';

const foldedText = ({ caseExact, type }: Attribute, value: SimpleValue): SimpleValue =>
  caseExact || type === 'dateTime' ? value : String(value).toLowerCase();

function assertOperator(attribute: Attribute, operator: Operator): void {
  const { type } = attribute;
  if (operator === 'eq' || operator === 'ne') return;
  if (type === 'boolean')
    throw invalid(attribute, `is a boolean, which has no ${operator}. Use eq or ne.`);
  if (isTextOperator(operator)) {
    if (type === 'integer' || type === 'decimal')
      throw invalid(
        attribute,
        `is a number, which has no ${operator}. Use eq, ne, gt, ge, lt or le.`,
      );
    return;
  }
  if (type === 'binary')
    throw invalid(attribute, `is binary, which has no ${operator}. Use eq or ne.`);
}

function assertTime(attribute: Attribute, value: SimpleValue): void {
  if (parseDateTime(String(value)) === undefined) throw invalid(attribute, timeAdvice);
}

const invalid = ({ path }: Attribute, problem: string) =>
  new ScimError('invalidFilter', `${path} ${problem}`, path);
