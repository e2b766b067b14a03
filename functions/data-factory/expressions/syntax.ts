/** Syntax trees of Data Factory's expression language. */

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'member';
      readonly target: Expression;
      readonly key: Expression;
      /** True for `?.` and `?[`, which return null if the target has no such member. */
      readonly optional: boolean;
    };

/** A text between expressions, or an expression. */
export type TextPart = string | Expression;

/**
 * A text as Data Factory reads it. `whole` is set for `@expression`, whose value may be of any type;
 * otherwise the value is the text of all parts.
 */
export interface TextSyntax {
  readonly whole?: Expression;
  readonly parts: readonly TextPart[];
}

/** Longest text that Data Factory accepts as an expression. */
export const maxExpressionLength = 8_192;
/** Calls, brackets and members within each other. */
export const maxExpressionDepth = 256;

/** The text is no expression of the language. */
export class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';
}
