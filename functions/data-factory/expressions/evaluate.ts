/**
 * Partial evaluation: known parts of an expression are computed, other parts become placeholders. An
 * expression is never executed by a JavaScript engine.
 */
import { LRUCache } from 'lru-cache';
import { getField, isList, isObject, type Json } from '../json';
import { parseText } from './parser';
import { pureFunctions } from './pure-functions';
import { rootValue, scopeFunctions } from './roots';
import type { Scope } from './scope';
import { ExpressionSyntaxError, type Expression, type TextSyntax } from './syntax';
import {
  atBest,
  confidenceOf,
  joinTexts,
  known,
  labelOf,
  readsOf,
  unknown,
  weakest,
  type Value,
} from './value';

/** Called with a sentence for each text that is not a valid expression. */
export type Warn = (warning: string) => void;

/** Value of a text, or of an object of the type Expression. Other JSON is known as it is. */
export function evaluate(json: Json | undefined, scope: Scope, warn: Warn = () => {}): Value {
  if (typeof json === 'string') return evaluateText(json, scope, warn);
  if (isObject(json) && isExpressionObject(json)) return evaluate(json['value'], scope, warn);
  if (isList(json) || isObject(json)) return evaluateMembers(json, scope, warn);
  return known(json ?? null);
}

/** Whether the value of the JSON depends on an expression. */
export function hasExpression(json: Json | undefined): boolean {
  if (typeof json === 'string') return isExpressionText(json);
  if (isList(json)) return json.some(hasExpression);
  return isObject(json) && Object.values(json).some(hasExpression);
}

export const isExpressionText = (text: string): boolean => {
  if (!text.includes('@') && !text.startsWith('[')) return false;
  const syntax = syntaxOf(text);
  return (
    'problem' in syntax ||
    syntax.whole !== undefined ||
    syntax.parts.some((part) => typeof part !== 'string')
  );
};

const isExpressionObject = (json: Json): boolean => {
  const type = getField(json, 'type');
  return typeof type === 'string' && type.toLowerCase() === 'expression' && isObject(json);
};

function evaluateText(text: string, scope: Scope, warn: Warn): Value {
  if (!text.includes('@') && !text.startsWith('[')) return known(text);
  const syntax = syntaxOf(text);
  if ('problem' in syntax) {
    warn(`An expression cannot be read. ${syntax.problem}`);
    return unknown(`expression ${text}`);
  }
  if (syntax.whole) return evaluateExpression(syntax.whole, scope);
  return joinTexts(
    syntax.parts.map((part) =>
      typeof part === 'string' ? known(part) : evaluateExpression(part, scope),
    ),
  );
}

/** Factories repeat their expressions: each activity that calls a pipeline has the same ones. */
const syntaxes = new LRUCache<string, TextSyntax | { readonly problem: string }>({ max: 2_000 });

function syntaxOf(text: string): TextSyntax | { readonly problem: string } {
  const cached = syntaxes.get(text);
  if (cached) return cached;
  const syntax = parsed(text);
  if (text.length <= maxCachedLength) syntaxes.set(text, syntax);
  return syntax;
}

const maxCachedLength = 1_000;

function parsed(text: string): TextSyntax | { readonly problem: string } {
  try {
    return parseText(text);
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return { problem: error.message };
    throw error;
  }
}

/** A list or an object is known if all its members are. */
function evaluateMembers(json: Json, scope: Scope, warn: Warn): Value {
  if (!hasExpression(json)) return known(json);
  const members = Object.entries(json as object).map(
    ([key, member]) => [key, evaluate(member as Json, scope, warn)] as const,
  );
  const values = members.map(([, value]) => value);
  const reads = readsOf(values);
  if (values.some(({ kind }) => kind === 'pattern'))
    return unknown(values.map(labelOf).join(','), reads);
  const plain = members.map(([key, value]) => [key, value.kind === 'known' ? value.value : null]);
  return known(
    isList(json) ? plain.map(([, value]) => value as Json) : (Object.fromEntries(plain) as Json),
    weakest(...values.map(confidenceOf)),
    reads,
  );
}

function evaluateExpression(expression: Expression, scope: Scope): Value {
  if (expression.kind === 'literal') return known(expression.value);
  const { root, keys } = chainOf(expression);
  if (root.kind === 'literal') return membersOf(known(root.value), keys, scope, 'literal');
  if (!scopeFunctions.has(root.name))
    return membersOf(call(root.name, root.args, scope), keys, scope, root.name);
  const args = root.args.map((each) => evaluateExpression(each, scope));
  const path = keys.map(({ key }) => evaluateExpression(key, scope));
  const { value, used } = rootValue(scope, root.name, args, path);
  const own = path[used - 1] ?? args[0];
  return membersOf(value, keys.slice(used), scope, own ? labelOf(own) : root.name);
}

interface Key {
  readonly key: Expression;
  readonly optional: boolean;
}

/** The call or literal at the beginning of a chain of members. */
function chainOf(expression: Expression): {
  root: Exclude<Expression, { kind: 'member' }>;
  keys: readonly Key[];
} {
  const keys: Key[] = [];
  let at = expression;
  for (; at.kind === 'member'; at = at.target) keys.push({ key: at.key, optional: at.optional });
  return { root: at, keys: keys.reverse() };
}

/** `name` is that of the value, for the placeholder of a member that it does not have. */
function membersOf(value: Value, keys: readonly Key[], scope: Scope, name: string): Value {
  let path = name;
  return keys.reduce((target, { key, optional }) => {
    const index = evaluateExpression(key, scope);
    const holder = path;
    path = `${path}.${labelOf(index)}`;
    const reads = readsOf([target, index]);
    const confidence = weakest(confidenceOf(target), confidenceOf(index));
    const member =
      target.kind === 'known' && index.kind === 'known'
        ? memberOf(target.value, index.value)
        : undefined;
    if (member !== undefined) return known(member, confidence, reads);
    if (optional && target.kind === 'known' && index.kind === 'known')
      return known(null, confidence, reads);
    const isShown = target.kind === 'pattern' || typeof target.value !== 'object';
    return unknown(`${isShown ? labelOf(target) : holder}.${labelOf(index)}`, reads);
  }, value);
}

function memberOf(target: Json, key: Json): Json | undefined {
  if (isList(target)) return typeof key === 'number' ? target[key] : target[Number(key)];
  return isObject(target) && typeof key === 'string' ? getField(target, key) : undefined;
}

function call(name: string, args: readonly Expression[], scope: Scope): Value {
  if (name === 'if') return conditional(args, scope);
  const values = args.map((each) => evaluateExpression(each, scope));
  const reads = readsOf(values);
  if (name === 'coalesce') return coalesce(values);
  if (name === 'and' || name === 'or') return junction(name, values);
  const isKnown = values.every(({ kind }) => kind === 'known');
  if (name === 'concat' && !isKnown) return joinTexts(values);
  if (name === 'string' && !isKnown && values.length === 1) return values[0]!;
  const compute = pureFunctions.get(name);
  if (isKnown && compute) {
    const plain = values.map((each) => (each.kind === 'known' ? each.value : null));
    const result = compute(plain);
    const confidence = weakest('defaulted', ...values.map(confidenceOf));
    if (result !== undefined) return known(result, confidence, reads);
  }
  return unknown(`${name}(${values.map(labelOf).join(',')})`, reads, values.some(isLocalValue));
}

const isLocalValue = (value: Value) =>
  value.kind === 'pattern' && value.parts.some((part) => typeof part !== 'string' && part.local);

function conditional(args: readonly Expression[], scope: Scope): Value {
  const [test, yes, no] = args;
  if (!test || !yes || !no) return unknown('if');
  const decided = evaluateExpression(test, scope);
  if (decided.kind === 'known' && typeof decided.value === 'boolean')
    return atBest(evaluateExpression(decided.value ? yes : no, scope), 'defaulted');
  const both = [evaluateExpression(yes, scope), evaluateExpression(no, scope)];
  const label = [decided, ...both].map(labelOf).join(',');
  return unknown(`if(${label})`, readsOf([decided, ...both]));
}

/** The first value that is not null. */
function coalesce(values: readonly Value[]): Value {
  const found = values.find((value) => value.kind === 'pattern' || value.value !== null);
  if (found === undefined) return known(null, 'defaulted', readsOf(values));
  return found.kind === 'known'
    ? atBest(found, 'defaulted')
    : unknown(`coalesce(${values.map(labelOf).join(',')})`, readsOf(values));
}

/** One value may decide, although others are unknown. */
function junction(name: 'and' | 'or', values: readonly Value[]): Value {
  const deciding = name === 'or';
  const reads = readsOf(values);
  if (values.some((value) => value.kind === 'known' && value.value === deciding))
    return known(deciding, 'defaulted', reads);
  if (values.every((value) => value.kind === 'known' && value.value === !deciding))
    return known(!deciding, 'defaulted', reads);
  return unknown(`${name}(${values.map(labelOf).join(',')})`, reads);
}
