/**
 * Takes secrets out of Data Factory's JSON before it is hashed, stored or shown. Values become `[redacted]`;
 * shape and key names stay, and so do references: a Key Vault secret's name is evidence, not a secret.
 * What holds no secret is given back as it came, the very same object.
 */
import { isList, isObject, textField, type Json, type JsonObject } from './json';
import type { ListedKind } from './resource';
import {
  isReference,
  isSecretKey,
  isSecretName,
  isSecretSetting,
  looksLikeKey,
  mayHoldSecret,
  secretTexts,
} from './secret-patterns';

export const redacted = '[redacted]';

export function redact(kind: ListedKind, body: JsonObject): JsonObject;
export function redact(kind: ListedKind, body: Json): Json;
export function redact(kind: ListedKind, body: Json): Json {
  if (kind === 'globalParameter' && isObject(body)) return parameters(body);
  return anything(body, kind === 'linkedService' || kind === 'integrationRuntime');
}

/** `settings`: inside a linked service or integration runtime, where unknown connectors keep unknown secrets. */
function anything(value: Json, settings: boolean): Json {
  if (typeof value === 'string') return text(value);
  if (isList(value)) return eachItem(value, (item) => anything(item, settings));
  if (!isObject(value)) return value;
  if (isSecureString(value)) return eachMember(value, secureMember);
  if (isNamedSecret(value))
    return eachMember(value, (key, member) =>
      /^value$/i.test(key) ? blank(member) : anything(member, settings),
    );
  const calls = callsTheWeb(value);
  return eachMember(value, (key, member) => {
    if (calls && /^typeProperties$/i.test(key)) return webCall(member);
    if (holdsParameters.test(key) && isObject(member)) return parameters(member);
    if (settings ? isSecretSetting(key) : isSecretKey(key)) return blank(member);
    // An environment variable of a custom set-up carries whatever the set-up needs to log in.
    if (/^variableValue$/i.test(key)) return blank(member);
    return anything(member, settings);
  });
}

const isSecureString = (value: JsonObject) =>
  /^securestring$/i.test(textField(value, 'type') ?? '');
const isKeyVaultReference = (value: JsonObject) =>
  /^azurekeyvaultsecret$/i.test(textField(value, 'type') ?? '');
const secureMember = (key: string, member: Json) =>
  /^(value|defaultValue)$/i.test(key) ? blank(member) : member;

/** `{ name: 'apiKey', value }` of user properties, `{ variableName: 'token', value }` of Set Variable. */
function isNamedSecret(value: JsonObject): boolean {
  const name = textField(value, 'variableName') ?? textField(value, 'name');
  return name !== undefined && Object.hasOwn(value, 'value') && isSecretName(name);
}

const holdsParameters = /(parameters|variables|^extendedProperties)$/i;

/** Definitions (`{ type, defaultValue }`) or arguments (`name: value`): the name says what the value is. */
function parameters(container: JsonObject): JsonObject {
  return eachMember(container, (name, given) => {
    const secret = isSecretName(name);
    if (!isObject(given)) return secret ? blank(given) : argument(given);
    if (isSecureString(given)) return eachMember(given, secureMember);
    if (isKeyVaultReference(given)) return given;
    return eachMember(given, (key, member) => {
      if (!/^(value|defaultValue)$/i.test(key)) return anything(member, false);
      return secret ? blank(member) : argument(member);
    });
  });
}

const argument = (value: Json): Json =>
  typeof value === 'string' && looksLikeKey(value) ? redacted : anything(value, false);

const callsTheWeb = (value: JsonObject) =>
  /^(WebActivity|WebHook|AzureFunctionActivity|AzureFunction)$/i.test(
    textField(value, 'type') ?? '',
  );

function webCall(typeProperties: Json): Json {
  if (!isObject(typeProperties)) return blank(typeProperties);
  return eachMember(typeProperties, (key, member) => {
    if (/^(headers|body)$/i.test(key)) return blank(member);
    if (/^(url|functionName|functionAppUrl)$/i.test(key)) return withoutQuery(member);
    return isSecretKey(key) ? blank(member) : anything(member, true);
  });
}

/** A query string carries keys and codes; in an expression the `?` of `?.` and `?[` is no query. */
function withoutQuery(value: Json): Json {
  if (isObject(value)) return eachMember(value, (_, member) => withoutQuery(member));
  if (typeof value !== 'string') return value;
  const cut = value.startsWith('@')
    ? value.replace(/('[^']*)\?[^'.[][^']*'/g, `$1?${redacted}'`)
    : value.replace(/\?(?![.[]).*$/s, `?${redacted}`);
  return text(cut);
}

/** Every text and number within, but for references and what says of which type a value is. */
function blank(value: Json): Json {
  if (typeof value === 'string') return value === '' || isReference(value) ? value : redacted;
  if (typeof value === 'number') return redacted;
  if (isList(value)) return eachItem(value, blank);
  if (!isObject(value)) return value;
  if (isKeyVaultReference(value)) return value;
  const typed = /^(expression|securestring)$/i.test(textField(value, 'type') ?? '');
  return eachMember(value, (key, member) => {
    if (typed && /^type$/i.test(key)) return member;
    // A factory's repository names its secret by vault and name.
    return /^byoaSecret(Name|AkvUrl)$/i.test(key) ? member : blank(member);
  });
}

function text(value: string): string {
  if (!mayHoldSecret(value)) return value;
  return secretTexts.reduce((left, { find, keep }) => left.replace(find, keep(redacted)), value);
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
