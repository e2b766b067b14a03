/** Declarations of columns, properties and references, which name a secret without holding one. */
import { scanMembers } from './body-text';
import type { AddRange } from './ranges';
import { isHarmlessWord } from './value-rules';

const typeWord =
  /^(?:(?:secure)?string|secureobject|int(?:eger)?|u?int(?:8|16|32|64)|tinyint|smallint|bigint|long|short|bool(?:ean)?|bit|array|object|map|struct|complex|float|double|real|number|decimal|numeric|money|smallmoney|expression|guid|uuid|uniqueidentifier|date|time|datetime2?|datetimeoffset|smalldatetime|timestamp|timespan|n?(?:var)?char|varchar2|nvarchar2|character varying|n?text|clob|(?:var)?binary|byte(?:\[\]|s|array)?|blob|image|json|xml|any|null|secret)(?:\(\s{0,2}(?:max|\d{1,5})(?:\s{0,2},\s{0,2}\d{1,3})?(?: char| byte)?\s{0,2}\))?$/i;

/** Names of types in Data Factory, JSON schemas and databases. */
export const isTypeWord = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 60 && typeWord.test(value);

const declarationKeys =
  /^(?:type|title|description|format|minLength|maxLength|nullable|required|precision|scale|length|ordinal|collation|physicalType|logicalType|culture|isPrimaryKey|readOnly|writeOnly)$/i;

/** Members of a declaration that are not a value. */
export const isDeclarationKey = (key: string): boolean => declarationKeys.test(key);

const typeMember = /\\*"type\\*"\s{0,8}:\s{0,8}\\*"([^"\\]{1,60})/i;
const referenceKeys = /^(?:secretName|secretVersion|referenceName)$/i;
const referenceTypes = /^(?:AzureKeyVaultSecret|LinkedServiceReference)$/i;

/** Reads the members of a JSON object with a secret name. Returns false if it declares nothing. */
export function scanDeclaration(text: string, start: number, end: number, add: AddRange): boolean {
  const object = text.slice(start, end);
  const type = typeMember.exec(object)?.[1];
  if (type === undefined) return false;
  const isReference = referenceTypes.test(type);
  if (!isReference && !isTypeWord(type)) return false;
  // A value beside the type is a secret, and so is what stands beside a value.
  const hasValue = /"(?:value|default|defaultValue|const|enum|examples?)\\*"\s{0,8}:/i.test(object);
  const isShown = (name: string, value: string): boolean => {
    if (isHarmlessWord(value)) return true;
    if (/^type$/i.test(name)) return isTypeWord(value) || referenceTypes.test(value);
    return isReference ? referenceKeys.test(name) : !hasValue && isDeclarationKey(name);
  };
  scanMembers(object, isShown, (from, to) => add(start + from, start + to));
  return true;
}
