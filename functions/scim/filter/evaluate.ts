/** Evaluates filters on resources, and conditions in brackets on one value of an attribute. */
import { comparisonKey } from '../compare';
import { readValues, type ComplexValue, type Resource, type SimpleValue } from '../resource';
import type { Attribute } from '../schema/attribute';
import type { Comparison, Filter } from './filter';

export const matches = (filter: Filter, resource: Resource): boolean =>
  holds(filter, {
    values: (attribute) => readValues(resource, attribute),
    has: (schema) => resource[schema] !== undefined || hasSchema(resource, schema),
  });

/** Whether one value of a multi-valued attribute meets the condition in the brackets. */
export const matchesValue = (filter: Filter, value: ComplexValue): boolean =>
  holds(filter, {
    values: ({ name }) => (value[name] === undefined ? [] : [value[name]]),
    has: () => false,
  });

interface Source {
  readonly values: (attribute: Attribute) => readonly (SimpleValue | ComplexValue)[];
  readonly has: (schema: string) => boolean;
}

function holds(filter: Filter, source: Source): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => holds(operand, source));
    case 'or':
      return filter.operands.some((operand) => holds(operand, source));
    case 'not':
      return !holds(filter.operand, source);
    case 'present':
      return source.values(filter.attribute).some((value) => value !== '');
    case 'schemaPresent':
      return source.has(filter.schema.id);
    case 'valuePath':
      return source
        .values(filter.attribute)
        .some((value) => matchesValue(filter.filter, value as ComplexValue));
    case 'comparison':
      return compares(filter, source.values(filter.attribute));
  }
}

/**
 * A multi-valued attribute matches if one of its values does. An attribute without a value is not
 * equal to any value.
 */
function compares(filter: Comparison, values: readonly (SimpleValue | ComplexValue)[]): boolean {
  if (values.length === 0) return filter.operator === 'ne';
  return values.some((value) => typeof value !== 'object' && comparesValue(filter, value));
}

function comparesValue({ attribute, operator, value: wanted }: Comparison, value: SimpleValue) {
  switch (operator) {
    case 'co':
      return folded(attribute, value).includes(wanted as string);
    case 'sw':
      return folded(attribute, value).startsWith(wanted as string);
    case 'ew':
      return folded(attribute, value).endsWith(wanted as string);
    case 'eq':
      return comparisonKey(attribute, value) === wanted;
    case 'ne':
      return comparisonKey(attribute, value) !== wanted;
    case 'gt':
      return comparisonKey(attribute, value) > wanted;
    case 'ge':
      return comparisonKey(attribute, value) >= wanted;
    case 'lt':
      return comparisonKey(attribute, value) < wanted;
    case 'le':
      return comparisonKey(attribute, value) <= wanted;
  }
}

const folded = ({ caseExact, type }: Attribute, value: SimpleValue): string =>
  caseExact || type === 'dateTime' ? String(value) : String(value).toLowerCase();

function hasSchema(resource: Resource, schema: string): boolean {
  const { schemas } = resource;
  return Array.isArray(schemas) && (schemas as readonly SimpleValue[]).includes(schema);
}
