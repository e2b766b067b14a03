/**
 * Redacts secrets in JSON of Data Factory before it is hashed, stored or shown. Values become
 * `[redacted]`. Shape, keys and references stay: the name of a Key Vault secret is not a secret. A
 * value without secrets is returned as the same object.
 */
import { isList, isObject, getText, type Json, type JsonObject } from './json';
import type { ListedKind } from './resource';
import {
  isReference,
  isSecretKey,
  isSecretName,
  isSecretSetting,
  looksLikeKey,
  mayContainSecret,
  secretPatterns,
} from './secret-patterns';

export const redacted = '[redacted]';

export function redact(kind: ListedKind, body: JsonObject): JsonObject;
export function redact(kind: ListedKind, body: Json): Json;
export function redact(kind: ListedKind, body: Json): Json {
  if (kind === 'globalParameter' && isObject(body)) return redactParameters(body);
  return redactValue(body, kind === 'linkedService' || kind === 'integrationRuntime');
}

/**
 * `settings` is true inside linked services and integration runtimes, where unknown keys may hold
 * secrets.
 */
function redactValue(value: Json, settings: boolean): Json {
  if (typeof value === 'string') return redactText(value);
  if (isList(value)) return eachItem(value, (item) => redactValue(item, settings));
  if (!isObject(value)) return value;
  if (isSecureString(value)) return eachMember(value, secureMember);
  if (isNamedSecret(value))
    return eachMember(value, (key, member) =>
      /^value$/i.test(key) ? redactAll(member) : redactValue(member, settings),
    );
  const calls = callsTheWeb(value);
  return eachMember(value, (key, member) => {
    if (calls && /^typeProperties$/i.test(key)) return redactWebCall(member);
    if (holdsParameters.test(key) && isObject(member)) return redactParameters(member);
    if (settings ? isSecretSetting(key) : isSecretKey(key)) return redactAll(member);
    // Environment variables of a custom setup may hold any credential.
    if (/^variableValue$/i.test(key)) return redactAll(member);
    return redactValue(member, settings);
  });
}

const isSecureString = (value: JsonObject) => /^securestring$/i.test(getText(value, 'type') ?? '');
const isKeyVaultReference = (value: JsonObject) =>
  /^azurekeyvaultsecret$/i.test(getText(value, 'type') ?? '');
const secureMember = (key: string, member: Json) =>
  /^(value|defaultValue)$/i.test(key) ? redactAll(member) : member;

/**
 * `{ name: 'apiKey', value }` of user properties, `{ variableName: 'token', value }` of Set
 * Variable.
 */
function isNamedSecret(value: JsonObject): boolean {
  const name = getText(value, 'variableName') ?? getText(value, 'name');
  return name !== undefined && Object.hasOwn(value, 'value') && isSecretName(name);
}

const holdsParameters = /(parameters|variables|^extendedProperties)$/i;

/**
 * Takes definitions (`{ type, defaultValue }`) or values (`name: value`). The name decides about
 * the value.
 */
function redactParameters(container: JsonObject): JsonObject {
  return eachMember(container, (name, given) => {
    const secret = isSecretName(name);
    if (!isObject(given)) return secret ? redactAll(given) : redactArgument(given);
    if (isSecureString(given)) return eachMember(given, secureMember);
    if (isKeyVaultReference(given)) return given;
    return eachMember(given, (key, member) => {
      if (!/^(value|defaultValue)$/i.test(key)) return redactValue(member, false);
      return secret ? redactAll(member) : redactArgument(member);
    });
  });
}

const redactArgument = (value: Json): Json =>
  typeof value === 'string' && looksLikeKey(value) ? redacted : redactValue(value, false);

const callsTheWeb = (value: JsonObject) =>
  /^(WebActivity|WebHook|AzureFunctionActivity|AzureFunction)$/i.test(getText(value, 'type') ?? '');

function redactWebCall(typeProperties: Json): Json {
  if (!isObject(typeProperties)) return redactAll(typeProperties);
  return eachMember(typeProperties, (key, member) => {
    if (/^(headers|body)$/i.test(key)) return redactAll(member);
    if (/^(url|functionName|functionAppUrl)$/i.test(key)) return withoutQuery(member);
    return isSecretKey(key) ? redactAll(member) : redactValue(member, true);
  });
}

/** A query string may hold keys and codes. In an expression, `?.` and `?[` do not begin a query. */
function withoutQuery(value: Json): Json {
  if (isObject(value)) return eachMember(value, (_, member) => withoutQuery(member));
  if (typeof value !== 'string') return value;
  const cut = value.startsWith('@')
    ? value.replace(/('[^']*)\?[^'.[][^']*'/g, `$1?${redacted}'`)
    : value.replace(/\?(?![.[]).*$/s, `?${redacted}`);
  return redactText(cut);
}

/** Redacts every text and number inside, except references and types. */
function redactAll(value: Json): Json {
  if (typeof value === 'string') return value === '' || isReference(value) ? value : redacted;
  if (typeof value === 'number') return redacted;
  if (isList(value)) return eachItem(value, redactAll);
  if (!isObject(value)) return value;
  if (isKeyVaultReference(value)) return value;
  const typed = /^(expression|securestring)$/i.test(getText(value, 'type') ?? '');
  return eachMember(value, (key, member) => {
    if (typed && /^type$/i.test(key)) return member;
    // The repository of a factory refers to its secret by vault and name.
    return /^byoaSecret(Name|AkvUrl)$/i.test(key) ? member : redactAll(member);
  });
}

function redactText(value: string): string {
  if (!mayContainSecret(value)) return value;
  return secretPatterns.reduce(
    (result, { pattern, replacement }) => result.replace(pattern, replacement(redacted)),
    value,
  );
}

function eachItem(list: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}

function eachMember(value: JsonObject, change: (key: string, member: Json) => Json): JsonObject {
  let same = true;
  const members = Object.entries(value).map(([key, member]): [string, Json] => {
    const changed = change(key, member);
    same &&= changed === member;
    return [key, changed];
  });
  return same ? value : Object.fromEntries(members);
}
