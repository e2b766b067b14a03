/** A filter as a tree whose attributes are resolved (RFC 7644 section 3.4.2.2). */
import type { Attribute, Schema } from '../schema/attribute';
import type { SimpleValue } from '../resource';

export const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Operator = (typeof operators)[number];

export interface Comparison {
  readonly kind: 'comparison';
  readonly attribute: Attribute;
  readonly operator: Operator;
  /** As comparisons use it: text folded unless the case counts, times in milliseconds. */
  readonly value: SimpleValue;
  /** As the filter has it. */
  readonly literal: SimpleValue;
}

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | Comparison
  | { readonly kind: 'present'; readonly attribute: Attribute }
  | { readonly kind: 'schemaPresent'; readonly schema: Schema }
  /** The condition holds for one and the same value of the attribute. */
  | { readonly kind: 'valuePath'; readonly attribute: Attribute; readonly filter: Filter };
