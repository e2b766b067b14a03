/** Columns of a Copy: mappings in all the forms that Data Factory has had, or equal names. */
import { getField, getText, isList, isObject, type Json } from '../../data-factory/json';
import type { ColumnPair, ColumnState } from '../lineage-unit';

export interface CopyMapping {
  readonly columnState: ColumnState;
  readonly columns?: readonly ColumnPair[];
}

export function copyColumns(
  settings: Json | undefined,
  source: Json | undefined,
  sourceColumns: readonly string[],
  sinkColumns: readonly string[],
  { warn }: { readonly warn: (sentence: string) => void },
): CopyMapping {
  const translator = getField(settings, 'translator');
  if (typeof translator === 'string' || isExpression(translator)) return { columnState: 'dynamic' };
  const parts = [
    getField(translator, 'mappings'),
    getField(translator, 'columnMappings'),
    getField(translator, 'schemaMapping'),
  ];
  if (parts.some(isExpression)) return { columnState: 'dynamic' };
  const collection = getText(translator, 'collectionReference') ?? '';
  const columns = [
    ...explicitMappings(parts[0], collection, sourceColumns, sinkColumns, warn),
    ...legacyMappings(parts[1]),
    ...schemaMapping(parts[2]),
    ...copiedColumns(source),
  ];
  if (columns.length > 0) return { columnState: 'explicit', columns };
  const inferred = sameNames(sourceColumns, sinkColumns);
  return inferred.length > 0
    ? { columnState: 'inferred', columns: inferred }
    : { columnState: 'unknown' };
}

const isExpression = (json: Json | undefined): boolean =>
  getText(json, 'type')?.toLowerCase() === 'expression' ||
  (typeof json === 'string' && /^@(?!@)|@\{/.test(json));

function explicitMappings(
  mappings: Json | undefined,
  collection: string,
  sourceColumns: readonly string[],
  sinkColumns: readonly string[],
  warn: (sentence: string) => void,
): ColumnPair[] {
  if (!isList(mappings)) return [];
  return mappings.flatMap((mapping): ColumnPair[] => {
    const from = columnName(getField(mapping, 'source'), sourceColumns, collection);
    const to = columnName(getField(mapping, 'sink'), sinkColumns, '');
    if (from !== undefined && to !== undefined)
      return [{ source: from, target: to, type: 'DIRECT' }];
    warn('A mapping of a Copy names no column.');
    return [];
  });
}

/** A name, a path within JSON, or the position of a column without a name. */
function columnName(
  end: Json | undefined,
  declared: readonly string[],
  collection: string,
): string | undefined {
  const name = getText(end, 'name');
  if (name !== undefined && name !== '') return name;
  const path = getText(end, 'path');
  if (path !== undefined && path !== '')
    return collection === '' || path.startsWith('$') ? path : `${collection}${path}`;
  const ordinal = getField(end, 'ordinal');
  if (typeof ordinal !== 'number') return undefined;
  return declared[ordinal - 1] ?? `#${ordinal}`;
}

/** `a: b, c: d`, or an object of names. */
function legacyMappings(mappings: Json | undefined): ColumnPair[] {
  const pairs: readonly (readonly [string, Json | undefined])[] = isObject(mappings)
    ? Object.entries(mappings)
    : typeof mappings === 'string'
      ? mappings.split(',').map((each) => {
          const [from = '', to] = each.split(':');
          return [from.trim(), to?.trim()] as const;
        })
      : [];
  return pairs.flatMap(([source, target]): ColumnPair[] =>
    source !== '' && typeof target === 'string' && target !== ''
      ? [{ source, target, type: 'DIRECT' }]
      : [],
  );
}

/** Paths of the hierarchical side by column of the other. */
function schemaMapping(mapping: Json | undefined): ColumnPair[] {
  if (!isObject(mapping)) return [];
  return Object.entries(mapping).flatMap(([source, target]): ColumnPair[] =>
    typeof target === 'string' ? [{ source, target, type: 'DIRECT' }] : [],
  );
}

/** Additional columns that repeat another one. */
function copiedColumns(source: Json | undefined): ColumnPair[] {
  const columns = getField(source, 'additionalColumns');
  if (!isList(columns)) return [];
  return columns.flatMap((column): ColumnPair[] => {
    const target = getText(column, 'name');
    const [, from] = /^\$\$COLUMN:(.+)$/i.exec(getText(column, 'value') ?? '') ?? [];
    return target !== undefined && from !== undefined
      ? [{ source: from, target, type: 'DIRECT' }]
      : [];
  });
}

function sameNames(sources: readonly string[], sinks: readonly string[]): ColumnPair[] {
  const bySink = new Map(sinks.map((name) => [name.toLowerCase(), name]));
  return sources.flatMap((source): ColumnPair[] => {
    const target = bySink.get(source.toLowerCase());
    return target === undefined ? [] : [{ source, target, type: 'DIRECT' }];
  });
}
