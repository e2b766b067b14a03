/** The block `parameters{ name as type (default), … }` at the beginning of a script. */

export interface ParameterBlock {
  readonly names: readonly string[];
  /** Position behind the block. */
  readonly end: number;
}

const start = /^\s*parameters\s*\{/;
/** Texts in quotes, which may hold braces and brackets, or one other character. */
const piece = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[\s\S]/y;

export function parameterBlock(script: string): ParameterBlock {
  const [head] = start.exec(script) ?? [];
  if (head === undefined) return { names: [], end: 0 };
  const names: string[] = [];
  let declaration = '';
  let open = 0;
  let end = head.length;
  for (piece.lastIndex = end; piece.lastIndex < script.length;) {
    const [text] = piece.exec(script)!;
    end = piece.lastIndex;
    if (text === '(' || text === '[') open++;
    if (text === ')' || text === ']') open--;
    const isEnd = text === '}' && open <= 0;
    if (isEnd || (text === ',' && open <= 0)) {
      const [, name] = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s+as\b/u.exec(declaration) ?? [];
      if (name !== undefined) names.push(name);
      declaration = '';
    } else declaration += text;
    if (isEnd) break;
  }
  return { names, end };
}
