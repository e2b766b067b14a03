/**
 * Values that are secrets because of where they are used: one member says that another one is secret, or an expression
 * reads a parameter or a variable at the place of a secret, as in `Password=@{linkedService().access}`.
 */
import { getField, isList, isObject, type Json, type JsonObject } from '../json';
import { ExpressionReader } from './expression-reader';
import { partsOf, type Expression } from './expressions';
import { scanPairs } from './pairs';
import { judgeName } from './secret-names';
import { eachItem, eachMember, isKeyVaultReference, isValueKey } from './object-shapes';
import { scanStatements } from './statements';
import { readText } from './text-reader';
import type { AddRange } from './ranges';

/** `{ id: 'apiKey', text: '…' }` in a body. */
export const namesSecret = (value: JsonObject): boolean =>
  Object.values(value).some(
    (member) =>
      typeof member === 'string' &&
      /^[\p{L}_][\p{L}\p{N} _.-]{1,40}$/u.test(member) &&
      judgeName(member) === 'secret',
  );

/** Whether a Switch compares something that has a secret name: `on: @variables('token')`. */
export function comparesSecret(value: JsonObject): boolean {
  const on = getField(value, 'on');
  const expression = isObject(on) ? getField(on, 'value') : on;
  if (typeof expression !== 'string' || !/^@(?!@)/.test(expression)) return false;
  const comparison = `@equals(${expression.slice(1)}, 'some value')`;
  return readText(comparison) !== comparison;
}

/** Names of parameters and variables, in lower case. */
type Sources = ReadonlySet<string>;

/** Parameters and variables with a value in the same document that are read at the place of a secret. */
export function secretSources(body: Json): Sources {
  const given = givenNames(body);
  const found = new Set<string>();
  if (given.size === 0) return found;
  const mayRead = new RegExp([...given].map(escaped).join('|'), 'i');
  const visit = (value: Json, name: string): void => {
    if (typeof value === 'string') {
      if (value.includes('@') && mayRead.test(value)) addSources(value, name, found);
    } else if (isList(value)) for (const item of value) visit(item, name);
    else if (isObject(value) && !isKeyVaultReference(value))
      for (const [key, member] of Object.entries(value))
        visit(member, isValueKey(key) ? name : key);
  };
  visit(body, '');
  return new Set([...found].filter((name) => given.has(name)));
}

/** Hides the values of the sources: defaults, and what variables are set to. */
export function hideSources(body: Json, sources: Sources): Json {
  if (sources.size === 0) return body;
  const hide = (value: Json): Json => {
    if (isList(value)) return eachItem(value, hide);
    if (!isObject(value)) return value;
    const variable = getField(value, 'variableName');
    const isSource = typeof variable === 'string' && sources.has(variable.toLowerCase());
    return eachMember(value, (key, member) => {
      if (isSource && isValueKey(key)) return hidden(member);
      if (!isContainer(key) || !isObject(member)) return hide(member);
      return eachMember(member, (name, each) =>
        sources.has(name.toLowerCase()) ? hidden(each) : hide(each),
      );
    });
  };
  return hide(body);
}

/** Texts become secrets, expressions and types stay. */
function hidden(value: Json): Json {
  if (typeof value === 'string') return readText(value, 'closed');
  if (isList(value)) return eachItem(value, hidden);
  return isObject(value)
    ? eachMember(value, (key, member) => (isValueKey(key) ? hidden(member) : member))
    : value;
}

const isContainer = (key: string): boolean =>
  (key.length === 9 || key.length === 10) && /^(?:parameters|variables)$/i.test(key);

const isVariableName = (key: string): boolean =>
  key.length === 12 && key.toLowerCase() === 'variablename';

/** Parameters and variables of the document that have a text as a value, by names that say nothing. */
function givenNames(body: Json): Sources {
  const names = new Set<string>();
  const add = (name: string, value: Json | undefined): void => {
    const isText = typeof value === 'string' && value !== '' && !value.startsWith('@');
    if (isText && judgeName(name) !== 'secret') names.add(name.toLowerCase());
  };
  // Every member of every resource is visited, so nothing is allocated on the way.
  const visit = (value: Json): void => {
    if (isList(value)) for (const item of value) visit(item);
    else if (isObject(value))
      for (const key of Object.keys(value)) {
        const member = value[key]!;
        if (typeof member === 'string') {
          if (isVariableName(key)) add(member, getField(value, 'value'));
        } else if (isObject(member) && isContainer(key)) visitContainer(member);
        else visit(member);
      }
  };
  const visitContainer = (container: JsonObject): void => {
    for (const [name, each] of Object.entries(container)) {
      if (isObject(each)) add(name, getField(each, 'defaultValue'));
      visit(each);
    }
  };
  visit(body);
  return names;
}

/** Cheap test that is false for texts in which no name stands before a value. */
const mayName = /[=:]|bearer|basic/i;

function addSources(text: string, name: string, found: Set<string>): void {
  const isSecret = judgeName(name) === 'secret';
  if (!isSecret && !mayName.test(text)) return;
  const parts = partsOf(text);
  if (!parts) return;
  const add = (expression: Expression): void => {
    for (const each of sourcesIn(expression, text)) found.add(each.toLowerCase());
  };
  if (isSecret) for (const { expression } of parts) if (expression) add(expression);
  new ExpressionReader(
    text,
    scanNamed,
    () => true,
    () => undefined,
    add,
  ).readParts(parts, 'open');
}

/** Only a name says here that a value is secret. */
function scanNamed(text: string, _place: unknown, add: AddRange): void {
  scanPairs(text, 'text', add);
  scanStatements(text, add);
}

/** Functions whose result is the secret that they were given, perhaps written in another way. */
const passing = new Set([
  'concat',
  'base64',
  'string',
  'coalesce',
  'uricomponent',
  'encodeuricomponent',
  'trim',
  'base64tostring',
  'if',
]);

function sourcesIn(expression: Expression, text: string): readonly string[] {
  if (expression.type !== 'call') return [];
  const { name, args, indexes } = expression;
  // `linkedService()['access']` reads the same as `linkedService().access`.
  const [index, ...more] = indexes.map((each) => literalOf(each, text));
  const members = [...expression.members, ...(index === undefined ? [] : [index])];
  if (passing.has(name))
    return args.slice(name === 'if' ? 1 : 0).flatMap((each) => sourcesIn(each, text));
  // A member of an object is a secret, but not the whole object.
  if (more.length > 0 || (indexes.length > 0 && index === undefined)) return [];
  const [first] = args;
  const [one, two, ...others] = members;
  if (name === 'pipeline')
    return one?.toLowerCase() === 'parameters' && two && others.length === 0 ? [two] : [];
  if (name === 'linkedservice' || name === 'dataset')
    return one !== undefined && two === undefined ? [one] : [];
  const isNamed = /^(?:variables|parameters)$/.test(name) && one === undefined;
  return isNamed && first?.type === 'literal' ? [text.slice(first.start, first.end)] : [];
}

const literalOf = (expression: Expression, text: string): string | undefined =>
  expression.type === 'literal' ? text.slice(expression.start, expression.end) : undefined;

const escaped = (name: string): string => name.replaceAll(/[^\p{L}\p{N}_]/gu, '\\$&');
