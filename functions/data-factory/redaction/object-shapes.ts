/** Forms of objects in the JSON of Data Factory that decide how their members are judged. */
import { getText, isList, type Json, type JsonObject } from '../json';
import { isDeclarationKey, isTypeWord } from './declarations';

/** Members of a definition. An object with other members is an argument of its own. */
export const isDefinition = (value: JsonObject): boolean => {
  const keys = Object.keys(value).map((key) => key.toLowerCase());
  return (
    keys.some((key) => key === 'type' || key === 'defaultvalue' || key === 'value') &&
    keys.every((key) => definitionKeys.has(key))
  );
};
export const definitionKeys: ReadonlySet<string> = new Set([
  'type',
  'defaultvalue',
  'value',
  'metadata',
  'description',
  'allowedvalues',
  'minvalue',
  'maxvalue',
  'nullable',
  'direction',
  'size',
  'mode',
  'isnull',
  'precision',
  'scale',
]);

export const nameKeys = /^(?:name|key|variableName|parameterName|propertyName|headerName)$/i;

export const isValueKey = (key: string) => /^(?:values?|val|defaultValue)$/i.test(key);
/** Members that hold the value of what another member names. */
export const contentKeys = /^(?:value|text|content|val|data|input|answer|default)$/i;
export const isSecureString = (value: JsonObject) =>
  /^securestring$/i.test(getText(value, 'type') ?? '');
export const isKeyVaultReference = (value: JsonObject) =>
  /^azurekeyvaultsecret$/i.test(getText(value, 'type') ?? '');
export const isReference = (value: JsonObject) =>
  /reference$/i.test(getText(value, 'type') ?? '') && getText(value, 'referenceName') !== undefined;
export const isLines = (value: Json): value is readonly string[] =>
  isList(value) && value.every((line) => typeof line === 'string');
/** `{ type: 'nvarchar(50)', nullable: true }`: a column or a property, and no value. */
export const isDeclaration = (value: JsonObject): boolean =>
  isTypeWord(value['type'] ?? null) && Object.keys(value).every(isDeclarationKey);

/** The list with changed items. The same list if none changes. */
export function eachItem(list: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  let copy: Json[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index]!;
    const changed = change(item);
    if (changed !== item) (copy ??= [...list])[index] = changed;
  }
  return copy ?? list;
}

/** The object with changed members. The same object if none changes. */
export function eachMember(
  value: JsonObject,
  change: (key: string, member: Json) => Json,
): JsonObject {
  let copy: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const member = value[key]!;
    const changed = change(key, member);
    if (changed !== member) (copy ??= { ...value })[key] = changed;
  }
  return copy ?? value;
}
