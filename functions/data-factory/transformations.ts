/** Transformations of a data flow, in the order of its script. */
import { getField, isList, getText, type Json } from './json';

export interface Transformation {
  readonly name: string;
  /** Type in the script: source, derive, join, sink. Absent if it is unknown. */
  readonly type?: string;
}

export function transformationsOf(dataFlow: Json): Transformation[] {
  const settings = getField(getField(dataFlow, 'properties'), 'typeProperties');
  const declared = (['sources', 'transformations', 'sinks'] as const).flatMap((list) => {
    const items = getField(settings, list);
    const type = { sources: 'source', transformations: undefined, sinks: 'sink' }[list];
    return isList(items)
      ? items.flatMap((item) => {
          const name = getText(item, 'name');
          return name === undefined ? [] : [{ name, ...(type !== undefined && { type }) }];
        })
      : [];
  });
  const found = new Map<string, Transformation>();
  for (const each of [...transformationsInScript(scriptOf(settings)), ...declared])
    if (!found.has(each.name.toLowerCase())) found.set(each.name.toLowerCase(), each);
  return [...found.values()];
}

/** A script is one text or a list of lines. */
function scriptOf(settings: Json | undefined): string {
  const lines = getField(settings, 'scriptLines');
  if (isList(lines)) return lines.filter((line) => typeof line === 'string').join('\n');
  return getText(settings, 'script') ?? '';
}

/**
 * Matches comments and quoted texts as a whole; other tokens are words, brackets and arrows. What is not closed reaches
 * to the end of the script, so each character is read once.
 */
const tokens =
  /\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)|\/\/[^\n]*|"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|'(?:[^'\\]|\\[\s\S]?)*(?:'|$)|\{[^}]*(?:\}|$)|~>\s*(?:([\p{L}_][\p{L}\d_]*))?|[\p{L}_][\p{L}\d_]*|[()]/gu;

/**
 * Syntax: `inputs transformation(arguments) ~> name`. The word before the outermost bracket is the
 * type.
 */
function transformationsInScript(script: string): Transformation[] {
  const found: Transformation[] = [];
  let depth = 0;
  let word: string | undefined;
  let type: string | undefined;
  for (const [token, name] of script.matchAll(tokens)) {
    if (token === '(') {
      if (depth++ === 0) type = word ?? type;
    } else if (token === ')') depth = Math.max(0, depth - 1);
    else if (token.startsWith('~>')) {
      if (name !== undefined && depth === 0)
        found.push({ name, ...(type !== undefined && { type }) });
      type = undefined;
      word = undefined;
    } else if (depth === 0 && /^[\p{L}_]/u.test(token)) word = token;
  }
  return found;
}
