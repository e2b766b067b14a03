/**
 * Resolves template expressions whose value is in the template: literals, parameters with a
 * default, variables, concat and json. Other expressions stay text.
 */
import { isJson, type Json } from '../json';

export interface TemplateScope {
  readonly parameters: Json;
  readonly variables: Json;
}

class Unresolved extends Error {}

/** A deep copy with every resolvable string resolved. */
export function resolve(value: unknown, scope: TemplateScope): unknown {
  if (typeof value === 'string') return resolveText(value, scope);
  if (Array.isArray(value)) return value.map((each) => resolve(each, scope));
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, resolve(each, scope)]),
  );
}

function resolveText(text: string, scope: TemplateScope): unknown {
  if (!text.startsWith('[') || !text.endsWith(']')) return text;
  // A doubled bracket escapes a text that looks like an expression.
  if (text.startsWith('[[')) return text.slice(1);
  try {
    return evaluate(text.slice(1, -1), scope);
  } catch (error) {
    if (error instanceof Unresolved) return text;
    throw error;
  }
}

/**
 * Path of a name such as `[concat(parameters('factoryName'), '/x')]`. Parameters without a value
 * yield their name.
 */
export function resolveName(name: string, scope: TemplateScope): string[] {
  const named = { ...scope, parameters: parameterNames(scope.parameters) };
  return String(resolveText(name, named)).split('/');
}

const parameterNames = (parameters: Json): Json =>
  new Proxy(parameters, {
    get: (own, key: string) => {
      const parameter = own[key];
      return isJson(parameter) && parameter['defaultValue'] ? parameter : { defaultValue: key };
    },
  });

function evaluate(expression: string, scope: TemplateScope): unknown {
  const tokens = expression.match(/'(?:[^']|'')*'|-?\d+|\w+|\S/g) ?? [];
  let at = 0;
  const next = () => tokens[at++] ?? '';

  const parametersOf = (): unknown[] => {
    const args: unknown[] = [];
    if (next() !== '(') throw new Unresolved();
    while (tokens[at] !== ')') {
      args.push(term());
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== ')') throw new Unresolved();
    }
    at++;
    return args;
  };
  const term = (): unknown => {
    const token = next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d+$/.test(token)) return Number(token);
    return call(token.toLowerCase(), parametersOf(), scope);
  };

  const value = term();
  if (at < tokens.length) throw new Unresolved();
  return value;
}

function call(name: string, args: readonly unknown[], scope: TemplateScope): unknown {
  const [first] = args;
  switch (name) {
    case 'parameters':
      return defaultOf(scope.parameters[String(first)]);
    case 'variables':
      return variable(scope.variables[String(first)], scope);
    case 'concat':
      if (args.some((each) => typeof each === 'object')) throw new Unresolved();
      return args.join('');
    case 'json':
      return JSON.parse(String(first)) as unknown;
    default:
      throw new Unresolved();
  }
}

function defaultOf(parameter: unknown): unknown {
  const value = isJson(parameter) ? parameter['defaultValue'] : undefined;
  const needsMore = typeof value === 'string' && value.startsWith('[');
  if (value === undefined || needsMore) throw new Unresolved();
  return value;
}

function variable(value: unknown, scope: TemplateScope): unknown {
  if (typeof value !== 'string' || !value.startsWith('[')) return value ?? unresolved();
  return evaluate(value.slice(1, -1), scope);
}

function unresolved(): never {
  throw new Unresolved();
}
