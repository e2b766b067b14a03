/**
 * Columns of the result of a query, with the columns of its tables that they come from. Only of one
 * SELECT over tables: where a name may come from several places, it is left out.
 */
import { isObject, type Json, type JsonObject } from '../../data-factory/json';

export interface ReadColumns {
  /** Names in the result and in the table. */
  readonly columns: readonly { readonly result: string; readonly column: string }[];
  /** True if all columns of the table are in the result under their own names. */
  readonly all: boolean;
}

/** By key of the table in `from`. Undefined if the query is not of that form. */
export function resultColumns(
  tree: JsonObject,
  keyOf: (table: JsonObject) => string,
): ReadonlyMap<string, ReadColumns> | undefined {
  if (tree['_next'] || !Array.isArray(tree['columns']) || !Array.isArray(tree['from'])) return;
  const tables = (tree['from'] as readonly Json[]).filter(isObject);
  const byAlias = new Map(
    tables.flatMap((table): [string, string][] => {
      const name = textIn(table['as'] ?? table['table']);
      return name === undefined || typeof table['table'] !== 'string'
        ? []
        : [[name.toLowerCase(), keyOf(table)]];
    }),
  );
  const only = tables.length === 1 ? [...byAlias.values()][0] : undefined;
  const found = new Map([...byAlias.values()].map((key) => [key, newColumns()]));
  for (const item of (tree['columns'] as readonly Json[]).filter(isObject)) {
    const refs = columnRefs(item['expr'] ?? null, 0);
    const alias = textIn(item['as']);
    for (const { table, column } of refs) {
      const key = table === undefined ? only : byAlias.get(table.toLowerCase());
      const own = key === undefined ? undefined : found.get(key);
      const name = alias ?? (isRef(item['expr']) ? column : undefined);
      if (!own) continue;
      if (column === '*') own.all ||= isRef(item['expr']);
      else if (name !== undefined) own.columns.push({ result: name, column });
    }
  }
  return found;
}

const newColumns = (): { columns: { result: string; column: string }[]; all: boolean } => ({
  columns: [],
  all: false,
});

const isRef = (json: Json | undefined): boolean => isObject(json) && json['type'] === 'column_ref';

interface ColumnRef {
  readonly table: string | undefined;
  readonly column: string;
}

/** References of an expression. A query within it has tables of its own. */
function columnRefs(json: Json, depth: number): readonly ColumnRef[] {
  if (depth > 50 || json === null || typeof json !== 'object') return [];
  if (Array.isArray(json)) return json.flatMap((each: Json) => columnRefs(each, depth + 1));
  if (!isObject(json) || json['ast'] !== undefined) return [];
  if (!isRef(json))
    return Object.values(json).flatMap((member) => columnRefs(member as Json, depth + 1));
  const column = textIn(json['column']);
  return column === undefined ? [] : [{ table: textIn(json['table']), column }];
}

/** A name is a text, or an object around it. */
function textIn(json: Json | undefined): string | undefined {
  if (typeof json === 'string') return json === '' ? undefined : json.replace(/^\[(.*)\]$/, '$1');
  if (!isObject(json)) return undefined;
  return textIn(json['value'] ?? json['expr']);
}
