/** What a filter says about indexes: which rows can match, and which attributes it reads. */
import type { Filter } from './filter';
import type { SimpleValue } from '../resource';
import type { Attribute } from '../schema/attribute';

export interface Lookup {
  /** Path of the attribute: `userName`, `members.value`. */
  readonly path: string;
  /** As the filter has it. An index that ignores case folds it. */
  readonly value: SimpleValue;
}

/**
 * Equalities that every match meets: `eq` at the top or joined by `and`. A store reads the rows of
 * one of them from an index and evaluates the filter on these rows. Empty: read all rows.
 */
export function equalities(filter: Filter): readonly Lookup[] {
  if (filter.kind === 'and') return filter.operands.flatMap(equalities);
  if (filter.kind === 'valuePath') return equalities(filter.filter);
  if (filter.kind !== 'comparison' || filter.operator !== 'eq') return [];
  return [{ path: filter.attribute.path, value: filter.literal }];
}

/** Attributes that the filter reads, without their sub-attributes: `members`, `meta`. */
export function attributesRead(filter: Filter): ReadonlySet<string> {
  const names = new Set<string>();
  collect(filter, names);
  return names;
}

function collect(filter: Filter, names: Set<string>): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const operand of filter.operands) collect(operand, names);
      return;
    case 'not':
      collect(filter.operand, names);
      return;
    case 'schemaPresent':
      names.add(filter.schema.id);
      return;
    case 'present':
    case 'comparison':
    case 'valuePath':
      names.add((filter.attribute.parent ?? filter.attribute).path);
  }
}

/**
 * The values of a sub-attribute of which a value must have one to match: `value eq "a" or value eq
 * "b"`. Undefined if the condition does not limit them.
 */
export function valuesNamed(filter: Filter, name: string): readonly string[] | undefined {
  switch (filter.kind) {
    case 'comparison': {
      const { attribute, operator, literal } = filter;
      return attribute.name === name && operator === 'eq' ? [String(literal)] : undefined;
    }
    case 'and':
      return filter.operands.map((operand) => valuesNamed(operand, name)).find(Boolean);
    case 'or': {
      const named = filter.operands.map((operand) => valuesNamed(operand, name));
      return named.every((values) => values !== undefined) ? named.flat() : undefined;
    }
    case 'not':
    case 'present':
    case 'schemaPresent':
    case 'valuePath':
      return undefined;
  }
}

/** Sub-attributes that a condition of `eq` and `and` fixes; undefined for any other condition. */
export function fixedSubAttributes(
  filter: Filter,
): Readonly<Record<string, SimpleValue>> | undefined {
  if (filter.kind === 'comparison')
    return filter.operator === 'eq' ? { [filter.attribute.name]: filter.literal } : undefined;
  if (filter.kind !== 'and') return undefined;
  const parts = filter.operands.map(fixedSubAttributes);
  return parts.every((part) => part !== undefined) ? Object.assign({}, ...parts) : undefined;
}

/** Attributes of all conditions. */
export function attributesCompared(filter: Filter): readonly Attribute[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(attributesCompared);
    case 'not':
      return attributesCompared(filter.operand);
    case 'valuePath':
      return attributesCompared(filter.filter);
    case 'present':
    case 'comparison':
      return [filter.attribute];
    case 'schemaPresent':
      return [];
  }
}

/** Number of conditions that are decided for each value. */
export function conditionsIn(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.reduce((sum, operand) => sum + conditionsIn(operand), 0);
    case 'not':
      return conditionsIn(filter.operand);
    case 'valuePath':
      return conditionsIn(filter.filter);
    case 'present':
    case 'schemaPresent':
    case 'comparison':
      return 1;
  }
}
