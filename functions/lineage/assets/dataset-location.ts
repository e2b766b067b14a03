/** The part of a name that a dataset holds: schema and table, or container and path. */
import { evaluate, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope } from '../../data-factory/expressions/scope';
import { known, textOf, type Value } from '../../data-factory/expressions/value';
import { getField, getText, isObject, type Json } from '../../data-factory/json';

export interface DatasetLocation {
  readonly type: string;
  /** Type of a file location, which names its store. */
  readonly locationType?: string;
  /** Linked server and database, if the name of the table is qualified by them. */
  readonly server?: Value;
  readonly database?: Value;
  readonly schema?: Value;
  readonly table?: Value;
  readonly container?: Value;
  readonly folder?: Value;
  readonly file?: Value;
  /** Name of an object of any other store. */
  readonly object?: Value;
}

const objectFields = [
  'collectionName',
  'collection',
  'entityName',
  'objectApiName',
  'relativeUrl',
  'path',
  'openHubDestinationName',
  'indexName',
  'listName',
];

export function datasetLocation(
  properties: Json | undefined,
  scope: Scope,
  warn: Warn,
): DatasetLocation {
  const type = getText(properties, 'type') ?? 'unknown';
  const settings = getField(properties, 'typeProperties');
  const location = getField(settings, 'location');
  const value = (from: Json | undefined, ...names: readonly string[]): Value | undefined => {
    for (const name of names) {
      const json = getField(from, name);
      if (json === undefined || json === null || json === '') continue;
      const found = evaluate(json, scope, warn);
      if (isName(found)) return found;
    }
    return undefined;
  };
  if (isObject(location)) {
    const locationType = getText(location, 'type');
    const container = value(location, 'fileSystem', 'container', 'bucketName');
    const folder = value(location, 'folderPath', 'relativeUrl');
    const file = value(location, 'fileName');
    return {
      type,
      ...(locationType !== undefined && { locationType }),
      ...(container && { container }),
      ...(folder && { folder }),
      ...(file && { file }),
    };
  }
  const table = value(settings, 'table');
  const folder = value(settings, 'folderPath');
  const file = value(settings, 'fileName');
  if (table === undefined && (folder ?? file) !== undefined)
    return { type, ...legacyFile(folder, file, value(settings, 'bucketName')) };
  // Teradata, BigQuery and Cassandra have names of their own for what holds a table.
  const schema = value(settings, 'schema', 'database', 'dataset', 'keyspace');
  if (table) return { type, table, ...(schema && { schema }) };
  const tableName = value(settings, 'tableName');
  if (tableName) return { type, ...qualified(tableName), ...(schema && { schema }) };
  const object = value(settings, ...objectFields);
  return { type, ...(object && { object }) };
}

/** A name is a text or a number. An object is none. */
const isName = (value: Value): boolean =>
  value.kind === 'pattern' ||
  (value.value !== null && typeof value.value !== 'object' && textOf(value.value).trim() !== '');

/** Older datasets of files name the container in the first part of the folder. */
function legacyFile(folder: Value | undefined, file: Value | undefined, bucket: Value | undefined) {
  const rest = file && { file };
  if (bucket || !folder)
    return { ...(bucket && { container: bucket }), ...(folder && { folder }), ...rest };
  if (folder.kind === 'pattern') {
    const [first, ...others] = folder.parts;
    if (typeof first !== 'string' || !first.includes('/')) return { folder, ...rest };
    const [container = '', ...path] = first.replace(/^\/+/, '').split('/');
    return {
      container: known(container),
      folder: { ...folder, parts: [path.join('/'), ...others].filter((part) => part !== '') },
      ...rest,
    };
  }
  const [container = '', ...path] = textOf(folder.value).replace(/^\/+/, '').split('/');
  const own = (text: string): Value => ({ ...folder, value: text });
  return {
    container: own(container),
    ...(path.length > 0 && { folder: own(path.join('/')) }),
    ...rest,
  };
}

/** The parts of a qualified name that are given: table, schema, database and linked server. */
export type QualifiedTable = Pick<DatasetLocation, 'schema' | 'database' | 'server'> & {
  readonly table: Value;
};

/** `[dbo].[Orders]`, `"dbo"."Orders"`, `dbo.Orders` or `sales..Orders`. */
export const qualified = (name: Value): QualifiedTable => {
  const { table = name, ...rest } = qualifiedBy(splitQualified(name));
  return { table, ...rest };
};

/** The last part is the table. An empty part is left out. */
export function qualifiedBy(parts: readonly Value[]): Partial<QualifiedTable> {
  const [table, schema, database, server] = parts
    .toReversed()
    .map((part) => (part.kind === 'known' && textOf(part.value) === '' ? undefined : part));
  return {
    ...(table && { table }),
    ...(schema && { schema }),
    ...(database && { database }),
    ...(server && { server }),
  };
}

/** Parts of a qualified name without their quotes. Placeholders stay within their part. */
export function splitQualified(name: Value): Value[] {
  if (name.kind === 'known')
    return splitText(textOf(name.value)).map((value) => ({ ...name, value }));
  const found: { parts: (typeof name.parts)[number][] }[] = [{ parts: [] }];
  for (const part of name.parts) {
    if (typeof part !== 'string') {
      found.at(-1)!.parts.push(part);
      continue;
    }
    const [first = '', ...rest] = part.split('.');
    const add = (text: string) => {
      const plain = text.replace(/[[\]"`]/g, '');
      if (plain !== '') found.at(-1)!.parts.push(plain);
    };
    add(first);
    for (const each of rest) {
      found.push({ parts: [] });
      add(each);
    }
  }
  return found.map(({ parts }): Value => {
    const isKnown = parts.every((part) => typeof part === 'string');
    const text = parts.map((part) => (typeof part === 'string' ? part : '')).join('');
    return isKnown
      ? known(text, 'defaulted', name.reads)
      : { kind: 'pattern', parts, reads: name.reads };
  });
}

const quotedPart = /\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"|`([^`]*)`|([^.]+)|(\.)/g;

function splitText(text: string): string[] {
  const parts: string[] = [''];
  for (const [, bracketed, quoted, ticked, plain, dot] of text.matchAll(quotedPart)) {
    if (dot !== undefined) parts.push('');
    const part =
      bracketed?.replaceAll(']]', ']') ?? quoted?.replaceAll('""', '"') ?? ticked ?? plain?.trim();
    parts[parts.length - 1] += part ?? '';
  }
  return parts.at(-1) === '' ? [text] : parts;
}
