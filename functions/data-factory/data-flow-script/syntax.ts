/** Syntax of data-flow scripts: statements `inputs transformation(arguments) ~> name`. */

export interface StreamReference {
  readonly name: string;
  /** Output of a transformation with several outputs: `Split1@english`. */
  readonly branch?: string;
}

export interface Statement {
  readonly inputs: readonly StreamReference[];
  /** Lower case. */
  readonly type: string;
  readonly args: readonly Node[];
  readonly name: string;
  /** Outputs of a transformation with several. */
  readonly branches: readonly string[];
}

export interface Script {
  readonly parameters: readonly string[];
  readonly statements: readonly Statement[];
}

export type Node =
  | { readonly kind: 'literal'; readonly value: string }
  /** `$name` */
  | { readonly kind: 'parameter'; readonly name: string }
  /** `$$`: the column that a pattern has matched. */
  | { readonly kind: 'matched' }
  /** `stream@name.member`; the members are parts of a complex column. */
  | {
      readonly kind: 'column';
      readonly name: string;
      readonly stream?: string;
      readonly members: readonly string[];
    }
  /** `name(arguments)`; the name is lower case. Members are kept of `cache#lookup(keys).member`. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Node[];
      readonly members?: readonly string[];
    }
  /** Operands of operators, in order; lists and indexes. Other operators than a plus do not matter. */
  | {
      readonly kind: 'operation';
      readonly operands: readonly Node[];
      readonly isList?: true;
      readonly isSum?: true;
    }
  /** `target = value` */
  | { readonly kind: 'assignment'; readonly target: Node; readonly value: Node }
  /** `name: value` */
  | { readonly kind: 'option'; readonly name: string; readonly value: Node }
  /** `name as type` */
  | { readonly kind: 'declaration'; readonly name: string; readonly type: string };

/** Longest script that is read. Data Factory limits a data flow to less. */
export const maxScriptLength = 1_000_000;
export const maxScriptDepth = 200;

export class ScriptSyntaxError extends Error {
  override readonly name = 'ScriptSyntaxError';
}
