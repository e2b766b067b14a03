/** Columns of a Copy: mappings in all the forms that Data Factory has had, or equal names. */
import { getField, getText, isList, isObject, type Json } from '../../data-factory/json';
import type { ColumnPair, ColumnState } from '../lineage-unit';
import type { ReadColumns } from '../sql/result-columns';

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
  const additional = additionalColumns(source);
  const columns = [
    ...explicitMappings(parts[0], collection, sourceColumns, sinkColumns, warn),
    ...legacyMappings(parts[1]),
    ...schemaMapping(parts[2]),
  ];
  if (columns.length > 0)
    return {
      columnState: 'explicit',
      columns: columns.flatMap((pair) => original(pair, additional)),
    };
  const inferred = sameNames(sourceColumns, sinkColumns);
  const copied = [...additional].flatMap(([target, from]) =>
    from === undefined ? [] : [directPair(from, target)],
  );
  // Columns that are not additional pass under their own names.
  return {
    columnState: inferred.length > 0 ? 'inferred' : 'unknown',
    ...(inferred.length + copied.length > 0 && { columns: [...inferred, ...copied] }),
  };
}

const directPair = (source: string, target: string): ColumnPair => ({
  source,
  target,
  type: 'DIRECT',
});

/** An additional column is no column of the source: it repeats one, or comes from none. */
function original(pair: ColumnPair, additional: AdditionalColumns): readonly ColumnPair[] {
  const key = [...additional.keys()].find(
    (each) => each.toLowerCase() === pair.source.toLowerCase(),
  );
  if (key === undefined) return [pair];
  const from = additional.get(key);
  return from === undefined ? [] : [{ ...pair, source: from }];
}

/** Mapping of the result of a query, in columns of one of its tables. */
export function throughQuery(
  { columnState, columns = [] }: CopyMapping,
  read: ReadColumns | undefined,
  sinkColumns: readonly string[],
): CopyMapping {
  if (columnState === 'dynamic') return { columnState };
  const isMapped = columnState === 'explicit';
  const pairs = isMapped
    ? columns
    : sameNames(read?.columns.map(({ result }) => result) ?? [], sinkColumns);
  const own = pairs.flatMap((pair): ColumnPair[] => {
    const found = read?.columns.filter(
      ({ result }) => result.toLowerCase() === pair.source.toLowerCase(),
    );
    if (found?.length) return found.map(({ column }) => ({ ...pair, source: column }));
    return read?.all ? [pair] : [];
  });
  return own.length === 0
    ? { columnState: 'unknown' }
    : { columnState: isMapped ? 'explicit' : 'inferred', columns: distinctPairs(own) };
}

const distinctPairs = (pairs: readonly ColumnPair[]): ColumnPair[] => [
  ...new Map(pairs.map((pair) => [`${pair.source}\n${pair.target}`, pair])).values(),
];

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

/** Columns that a Copy adds, with the column that they repeat, if any. */
type AdditionalColumns = ReadonlyMap<string, string | undefined>;

function additionalColumns(source: Json | undefined): AdditionalColumns {
  const columns = getField(source, 'additionalColumns');
  return new Map(
    (isList(columns) ? columns : []).flatMap((column): [string, string | undefined][] => {
      const name = getText(column, 'name');
      const [, from] = /^\$\$COLUMN:(.+)$/i.exec(getText(column, 'value') ?? '') ?? [];
      return name === undefined ? [] : [[name, from]];
    }),
  );
}

function sameNames(sources: readonly string[], sinks: readonly string[]): ColumnPair[] {
  const bySink = new Map(sinks.map((name) => [name.toLowerCase(), name]));
  return sources.flatMap((source): ColumnPair[] => {
    const target = bySink.get(source.toLowerCase());
    return target === undefined ? [] : [{ source, target, type: 'DIRECT' }];
  });
}
