/**
 * Route templates of the Functions platform: `{p}`, `{p?}`, `{p:int:min(1)}`, `{*rest}` and mixed
 * segments such as `{name}.json`. Literals are matched case-insensitively.
 */
import { constraintOf, type Constraint } from './route-constraint';

export interface RouteTemplate {
  /** Templates with equal shapes match the same paths. */
  readonly shape: string;
  /** One number per segment. Templates with smaller numbers are tried first. */
  readonly precedence: readonly number[];
  /**
   * Takes a decoded path without the leading slash. Returns undefined if the path does not match.
   */
  match(path: string): Record<string, string> | undefined;
}

interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly constraints: readonly Constraint[];
  readonly constraintText: string;
}
type Part = string | Parameter;

const escapeForRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function parseTemplate(template: string): RouteTemplate {
  if (/^[/~]/.test(template)) throw new Error('it must not begin with / or ~');
  const segments = template === '' ? [] : splitSegments(template).map(parseSegment);
  const parameters = segments.flat().filter((part) => typeof part !== 'string');
  const names = parameters.map(({ name }) => name.toLowerCase());
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate) throw new Error(`it names the parameter "${duplicate}" twice`);
  segments.forEach((parts, index) => checkPosition(parts, index === segments.length - 1));

  const source = segments.map(patternOf).join('');
  const pattern = new RegExp(`^${source}/?$`, 'is');
  return {
    shape:
      source.toLowerCase() + parameters.map(({ constraintText }) => `|${constraintText}`).join(''),
    precedence: segments.map(precedenceOf),
    match(path) {
      const found = pattern.exec(`/${path}`);
      if (!found) return undefined;
      const values: Record<string, string> = {};
      for (const [index, { name, constraints }] of parameters.entries()) {
        const value = found[index + 1];
        if (value === undefined || value === '') continue;
        if (!constraints.every((holds) => holds(value))) return undefined;
        values[name] = value;
      }
      return values;
    },
  };
}

/** Slashes within braces belong to a constraint. */
function splitSegments(template: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const letter of template) {
    if (letter === '{') depth++;
    if (letter === '}') depth--;
    if (letter === '/' && depth === 0) segments.push('');
    else segments[segments.length - 1] += letter;
  }
  if (depth !== 0) throw new Error('its braces do not match');
  if (segments.at(-1) === '') segments.pop();
  if (segments.includes('')) throw new Error('it has an empty segment');
  return segments;
}

/** Doubled braces are escaped braces, in literals and in constraints. */
function parseSegment(segment: string): Part[] {
  const parts: Part[] = [];
  const piece = /\{\{|\}\}|\{((?:[^{}]|\{\{|\}\})+)\}|[^{}]+/gy;
  let at = 0;
  for (const found of segment.matchAll(piece)) {
    at = found.index + found[0].length;
    parts.push(
      found[1] === undefined ? unescapeBraces(found[0]) : parseParameter(unescapeBraces(found[1])),
    );
  }
  if (at !== segment.length) throw new Error(`"${segment}" cannot be parsed`);
  return parts;
}

const unescapeBraces = (text: string) => text.replace(/\{\{/g, '{').replace(/\}\}/g, '}');

function parseParameter(text: string): Parameter {
  const found = /^(\*{0,2})([A-Za-z_][\w-]*)((?::.*?)?)(\?)?$/s.exec(text);
  if (!found) throw new Error(`"{${text}}" cannot be parsed`);
  const [, stars, name, constraintText = '', question] = found;
  // A colon within parentheses belongs to the argument of a constraint.
  const constraints = (constraintText.match(/:[^:(]+(?:\(.*?\)(?=:|$))?/gs) ?? []).map((one) =>
    constraintOf(one.slice(1)),
  );
  return {
    name: name!,
    optional: question !== undefined,
    catchAll: stars !== '',
    constraints,
    constraintText,
  };
}

function checkPosition(parts: readonly Part[], last: boolean): void {
  for (const part of parts) {
    if (typeof part === 'string' || !(part.optional || part.catchAll)) continue;
    if (!last || parts.length > 1)
      throw new Error(`"${part.name}" is optional, so it must be the whole last segment`);
  }
}

function patternOf(parts: readonly Part[]): string {
  const [first] = parts;
  if (typeof first === 'object' && first.catchAll) return '(?:/(.*))?';
  if (typeof first === 'object' && first.optional) return '(?:/([^/]+))?';
  return `/${parts.map((part) => (typeof part === 'string' ? escapeForRegex(part) : '([^/]+)')).join('')}`;
}

function precedenceOf(parts: readonly Part[]): number {
  if (parts.every((part) => typeof part === 'string')) return 1;
  const [first] = parts;
  if (parts.length > 1 || typeof first !== 'object') return 2;
  const constrained = first.constraints.length > 0;
  if (first.catchAll) return constrained ? 4 : 5;
  return constrained ? 2 : 3;
}
