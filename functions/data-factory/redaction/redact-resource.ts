/**
 * Redacts a resource of Data Factory before it is stored. Values become `[redacted]`; shape, keys and references stay.
 * Where secrets live (linked services and other settings, headers, bodies, queries), a literal is shown only if its
 * name is known to be harmless. Elsewhere the names and the text reader decide. A value without secrets is returned as
 * the same object.
 */
import { getField, isList, isObject, type Json, type JsonObject } from '../json';
import type { ListedKind } from '../resource';
import { isArgumentOf } from './command-line';
import { isShownMember } from './body-text';
import { isHarmlessHeader, isHarmlessQueryName, isHarmlessSetting } from './harmless-names';
import { marks, traitsOf } from './key-traits';
import { comparesSecret, hideSources, namesSecret, secretSources } from './secret-sources';
import { redacted } from './ranges';
import { isConnectionString, judgeName, judgeVariable } from './secret-names';
import { readLines, readText, type Place } from './text-reader';
import { isTypeWord } from './declarations';
import {
  contentKeys,
  eachItem,
  eachMember,
  isDeclaration,
  isDefinition,
  isKeyVaultReference,
  isLines,
  isReference,
  isSecureString,
  isValueKey,
  nameKeys,
} from './object-shapes';
import {
  isHarmlessQueryValue,
  isHarmlessWord,
  isIdentifierList,
  isListOfNames,
  isMixed,
  isName,
  isSparkValue,
} from './value-rules';
import { isToken } from './token-shapes';

export { redacted } from './ranges';

/** `settings`, `headers`, `query` and `body` hide what is not known to be harmless, `secret` hides everything. */
type Context = 'open' | 'settings' | 'headers' | 'query' | 'body' | 'secret';

export function redactResource(kind: ListedKind, body: JsonObject): JsonObject;
export function redactResource(kind: ListedKind, body: Json): Json;
export function redactResource(kind: ListedKind, body: Json): Json {
  return hideSources(redactNamed(kind, body), secretSources(body));
}

function redactNamed(kind: ListedKind, body: Json): Json {
  if (kind === 'globalParameter' && isObject(body)) return redactParameters(body);
  const context = settingKinds.has(kind) ? 'settings' : 'open';
  if (!isObject(body)) return redactValue(body, context);
  return eachMember(body, (key, member) =>
    identity.test(key) && typeof member === 'string' ? member : redactMember(key, member, context),
  );
}

/** Rows are found by the names of their resources, which Azure shows to every reader. */
const identity = /^(?:id|name|type|etag)$/i;

const settingKinds: ReadonlySet<ListedKind> = new Set([
  'linkedService',
  'integrationRuntime',
  'credential',
]);

function redactValue(value: Json, context: Context, name = ''): Json {
  if (typeof value === 'string') return redactString(value, context, name);
  if (typeof value === 'number') return isHiddenNumber(context, name) ? redacted : value;
  if (isList(value)) return redactList(value, context, name);
  return isObject(value) ? redactObject(value, context, name) : value;
}

function redactObject(value: JsonObject, context: Context, name: string): Json {
  const { some, every } = marksOf(value);
  const hasType = (some & marks.type) !== 0;
  if (hasType && (isKeyVaultReference(value) || isReference(value)))
    return eachMember(value, (key, member) => redactReference(key, member, context));
  if (context === 'secret' && hasType && isDeclaration(value)) return redactValue(value, 'open');
  const isSensitive = (some & marks.sensitive) !== 0 && getField(value, 'isSensitive') === true;
  if ((hasType && isSecureString(value)) || isSensitive)
    return eachMember(value, (key, member) =>
      isValueKey(key) ? redactValue(member, 'secret', key) : redactMember(key, member, context),
    );
  if ((some & marks.cases) !== 0 && comparesSecret(value))
    return eachMember(value, (key, member) =>
      /^cases$/i.test(key) && isList(member)
        ? eachItem(member, hideCaseValue)
        : redactMember(key, member, context),
    );
  const hasValue = (some & marks.value) !== 0;
  // `{ value, type: 'Expression' }` and other objects that only wrap a value: the outer name decides.
  if (hasValue && (every & marks.definition) !== 0)
    return eachMember(value, (key, member) =>
      isValueKey(key)
        ? redactValue(member, context, name)
        : redactBesideValue(key, member, context),
    );
  if (context === 'body' && namesSecret(value))
    return eachMember(value, (key, member) =>
      contentKeys.test(key)
        ? redactValue(member, 'secret', key)
        : redactMember(key, member, context),
    );
  const named = hasValue && (some & marks.name) !== 0 ? secretPair(value, context) : undefined;
  if (!named) {
    const isNamed = context === 'open' && (some & marks.content) !== 0 && namesSecret(value);
    return eachMember(value, (key, member) =>
      isNamed && contentKeys.test(key) && isUnnamed(member)
        ? redacted
        : redactMember(key, member, context),
    );
  }
  return eachMember(value, (key, member) => {
    if (isValueKey(key)) return redactValue(member, named.context, named.name);
    return nameKeys.test(key) ? member : redactMember(key, member, context);
  });
}

const hideCaseValue = (each: Json): Json =>
  isObject(each)
    ? eachMember(each, (key, member) =>
        isValueKey(key) ? redactValue(member, 'secret', key) : redactMember(key, member, 'open'),
      )
    : each;

/** Marks that a member has, and marks that all members have. */
function marksOf(value: JsonObject): { readonly some: number; readonly every: number } {
  let some = 0;
  let every = -1;
  for (const key of Object.keys(value)) {
    const { marks: own } = traitsOf(key);
    some |= own;
    every &= own;
  }
  return { some, every };
}

/** A type, or anything else that stands beside a value. */
const redactBesideValue = (key: string, member: Json, context: Context): Json =>
  /^type$/i.test(key) && isTypeWord(member) ? member : redactMember(key, member, context);

function redactMember(key: string, member: Json, context: Context): Json {
  if (context === 'secret')
    return /^type$/i.test(key) && isTypeWord(member) ? member : redactValue(member, 'secret', key);
  const { role, verdict, place } = traitsOf(key);
  if (role === 'queryParameters') return redactValue(member, 'query', key);
  if (isObject(member) && isParameters(key, member, context)) return redactParameters(member);
  if (role === 'headers') return redactHeaders(member);
  if (context === 'open' && role === 'columnMappings' && isObject(member))
    return eachMember(member, (_, column) => redactValue(column, 'open'));
  if (context === 'headers' || context === 'query') return redactValue(member, context, key);
  if (context === 'settings') return redactSetting(key, member);
  if (role === 'body') return redactValue(member, 'body', '');
  if (role === 'repository') return redactValue(member, 'settings', key);
  if (role === 'scriptLines' && isLines(member)) return readLines(member, 'code');
  if (context === 'body') return redactValue(member, 'body', key);
  // Most members: a text with a plain name.
  if (verdict === 'plain' && typeof member === 'string') return readText(member, place);
  return redactValue(member, contextOf(key, member), key);
}

/** What a name says about its value. */
function contextOf(name: string, value: Json): Context {
  if (typeof value === 'boolean' || value === null) return 'open';
  const { verdict } = traitsOf(name);
  if (verdict === 'plain') return 'open';
  if (verdict === 'secret') return isColumnList(name, value) ? 'open' : 'secret';
  return isNamesOnly(value) ? 'open' : 'secret';
}

/** `key` and `keys` of a merge or an upsert are lists of columns. */
const isColumnList = (name: string, value: Json) =>
  /^keys?$/i.test(name) && isList(value) && isNamesOnly(value);

const isNamesOnly = (value: Json): boolean =>
  typeof value === 'string'
    ? isIdentifierList(value) || isDynamic(value)
    : isList(value)
      ? value.every(
          (item) => (typeof item === 'string' && isListOfNames(item)) || isNamesOnly(item),
        )
      : isObject(value)
        ? Object.values(value).every(isNamesOnly)
        : typeof value !== 'number';

const isDynamic = (text: string) => /^@(?!@)/.test(text);

/** Members of linked services and other settings. */
function redactSetting(key: string, member: Json): Json {
  if (isConnectionString(key)) return redactValue(member, 'settings', 'connectionString');
  if (/^(?:description|annotations|folder)$/i.test(key)) return redactValue(member, 'open', key);
  // A text in the place of an object may be anything.
  if (/properties$/i.test(key)) return redactValue(member, 'settings', '');
  if (isHarmlessSetting(key)) return redactValue(member, 'settings', key);
  if (/^spark\./i.test(key) && traitsOf(key).verdict === 'plain' && isSparkValue(member))
    return member;
  return redactValue(
    member,
    isObject(member) || isList(member) ? 'settings' : 'secret',
    isList(member) ? '' : key,
  );
}

/** References name other resources. Their parameters are arguments. */
function redactReference(key: string, member: Json, context: Context): Json {
  if (/^parameters$/i.test(key) && isObject(member)) return redactParameters(member);
  if (/^store$/i.test(key)) return redactValue(member, context === 'secret' ? 'settings' : context);
  return /^(?:type|referenceName|secretName|secretVersion)$/i.test(key)
    ? redactValue(member, 'open')
    : redactMember(key, member, context);
}

/** In settings, only declared parameters are judged by their names. Other containers hold settings. */
const isParameters = (key: string, member: JsonObject, context: Context): boolean =>
  context === 'settings'
    ? traitsOf(key).isParameters &&
      Object.values(member).every((each) => isObject(each) && isDefinition(each))
    : context === 'open' && traitsOf(key).holdsParameters;

/** Definitions (`{ type, defaultValue }`) or values (`name: value`). The name decides about the value. */
function redactParameters(container: JsonObject): JsonObject {
  return eachMember(container, (name, given) => {
    if (
      isObject(given) &&
      (isSecureString(given) || isKeyVaultReference(given) || isReference(given))
    )
      return redactValue(given, 'open', name);
    if (isObject(given) && isDefinition(given))
      return eachMember(given, (key, member) =>
        isValueKey(key) ? redactArgument(name, member) : redactMember(key, member, 'open'),
      );
    if (traitsOf(name).role === 'headers' && typeof given === 'object') return redactHeaders(given);
    return redactArgument(name, given);
  });
}

function redactArgument(name: string, value: Json): Json {
  const context = contextOf(name, value);
  if (context === 'open' && typeof value === 'string' && isToken(value)) return redacted;
  return redactValue(value, context, name);
}

/** An object by name, a list of `{ name, value }`, or a text with one header per line. */
function redactHeaders(value: Json): Json {
  if (typeof value !== 'string') return redactValue(value, 'headers', '');
  const lines = value.split('\n');
  if (lines.length === 1 && !value.includes(':')) return readText(value, 'closed');
  const read = lines.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 0) return readText(line, 'closed');
    const name = line.slice(0, colon);
    if (/[@'(]/.test(name)) return readText(line, 'closed');
    return isHarmlessHeader(name)
      ? readText(line)
      : `${name}: ${readText(line.slice(colon + 1).trim(), 'closed')}`;
  });
  return read.every((line, index) => line === lines[index]) ? value : read.join('\n');
}

function redactString(value: string, context: Context, name: string): string {
  switch (context) {
    case 'open':
      return readText(value, traitsOf(name).place);
    case 'settings':
      return readText(value, settingPlace(name));
    case 'headers':
      return readText(value, isHarmlessHeader(name) ? 'open' : 'closed');
    case 'query': {
      const isShown =
        judgeName(name) !== 'secret' &&
        (isHarmlessQueryName(name) ? !isToken(value) : isHarmlessQueryValue(value));
      return readText(value, isShown ? 'open' : 'closed');
    }
    case 'body':
      if (name === '') return readText(value, 'body');
      return readText(value, isShownMember(name, value) ? traitsOf(name).place : 'closed');
    case 'secret':
      return isHarmlessWord(value) ? value : readText(value, 'closed');
  }
}

const settingPlace = (name: string): Place => {
  if (isConnectionString(name)) return 'connection';
  return isHarmlessSetting(name) ? traitsOf(name).place : 'closed';
};

const isHiddenNumber = (context: Context, name: string) =>
  context === 'secret' ||
  (context === 'settings' && !isHarmlessSetting(name)) ||
  (context === 'headers' && !isHarmlessHeader(name)) ||
  ((context === 'body' || context === 'query') && judgeName(name) === 'secret');

/** A word that looks like a secret and like no name. The name of a secret beside it decides. */
const isUnnamed = (value: Json): boolean =>
  typeof value === 'string' && isMixed(value) && !/\s/.test(value) && !isName(value);

/** An option or a name hides the item after it: `["--password", "…"]`, `["password", "…"]`. */
function redactList(list: readonly Json[], context: Context, name: string): Json {
  let before: Json = null;
  return eachItem(list, (item) => {
    const option = before;
    before = item;
    const isSecret =
      typeof option === 'string' &&
      (isArgumentOf(option, item, list) || (isUnnamed(item) && judgeVariable(option) === 'secret'));
    return redactValue(item, isSecret ? 'secret' : context, name);
  });
}

/** `{ name: 'apiKey', value }` of user properties, `{ variableName: 'token', value }`, `{ key, value }` of a map. */
function secretPair(
  value: JsonObject,
  context: Context,
): { name: string; context: Context } | undefined {
  const key = Object.keys(value).find(
    (each) => nameKeys.test(each) && typeof value[each] === 'string',
  );
  if (key === undefined || !Object.keys(value).some(isValueKey)) return undefined;
  const name = value[key] as string;
  if (context !== 'open' && context !== 'settings') return { name, context };
  const given = Object.entries(value).find(([each]) => isValueKey(each))![1];
  return {
    name,
    context:
      context === 'settings'
        ? isHarmlessSetting(name)
          ? 'settings'
          : 'secret'
        : contextOf(name, given),
  };
}
