/** Tables that one statement reads, writes and executes, from its syntax tree. */
import { isObject, type Json, type JsonObject } from '../../data-factory/json';
import type { Influence } from '../lineage-unit';
import { parts as partsOfText } from './plain-statements';
import { resultColumns, type ReadColumns } from './result-columns';

/** Server, database, schema and table, of which the first may be absent and a schema may be empty. */
export type NameParts = readonly string[];

export interface TableRead {
  readonly name: NameParts;
  /** Indirect if the table only decides which rows there are. */
  readonly influence: Influence;
  /** Columns of the result that come from the table. Absent if they are not known. */
  readonly columns?: ReadColumns;
}

export interface StatementTables {
  readonly reads: readonly TableRead[];
  readonly writes: readonly NameParts[];
  readonly executes: readonly NameParts[];
  /** Why the statement is not understood in full. */
  readonly reason?: string;
}

type Role = 'writes' | 'executes';

/** Roles of the tables of a statement by its type, for the keys that hold tables. */
const tableRoles: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  insert: { table: 'writes' },
  replace: { table: 'writes' },
  update: { table: 'writes' },
  delete: { table: 'writes' },
  truncate: { name: 'writes' },
  create: { table: 'writes' },
  exec: { module: 'executes' },
};

/** Parts of a statement that decide about rows. */
const conditions: ReadonlySet<string> = new Set(
  'where having on boolean_expr groupby orderby limit qualify'.split(' '),
);

export const keyOfName = (name: NameParts): string => name.join('\n').toLowerCase();

export class TableCollector {
  private readonly reads = new Map<string, TableRead>();
  private readonly writes = new Map<string, NameParts>();
  private readonly executes = new Map<string, NameParts>();
  private reason: string | undefined;

  result = (): StatementTables => ({
    reads: [...this.reads.values()],
    writes: [...this.writes.values()],
    executes: [...this.executes.values()],
    ...(this.reason !== undefined && { reason: this.reason }),
  });

  addStatement(tree: Json): void {
    this.visit(tree, new Set(), 'DIRECT', 0);
    const columns = isObject(tree) && resultColumns(tree, (table) => keyOfName(partsOf(table)));
    for (const [key, own] of columns || []) {
      const read = this.reads.get(key);
      if (read) this.reads.set(key, { ...read, columns: own });
    }
  }

  add(role: Role, name: NameParts): void {
    if (role === 'executes' && /^sp_executesql$/i.test(name.at(-1) ?? ''))
      this.reason = 'The SQL text is built when it is executed.';
    else this[role].set(keyOfName(name), name);
  }

  addRead(name: NameParts, influence: Influence): void {
    const key = keyOfName(name);
    // A direct influence says more than an indirect one.
    if (influence === 'DIRECT' || !this.reads.has(key)) this.reads.set(key, { name, influence });
  }

  private visit(
    node: Json | undefined,
    common: ReadonlySet<string>,
    influence: Influence,
    depth: number,
  ): void {
    if (depth > 200 || node === null || typeof node !== 'object') return;
    if (Array.isArray(node))
      return node.forEach((each: Json) => this.visit(each, common, influence, depth + 1));
    if (!isObject(node)) return;
    const type = typeof node['type'] === 'string' ? node['type'].toLowerCase() : '';
    // An index holds no data of its own.
    if (type === 'create' && node['keyword'] !== 'table') return;
    const names = new Set([...common, ...commonTables(node)]);
    const roles = tableRoles[type] ?? {};
    const written = this.addRoles(node, type, roles, names);
    const own = type === 'delete' ? 'INDIRECT' : influence;
    for (const table of listOf(node['from']))
      if (typeof table['table'] === 'string' && !written.has(keyOfName(partsOf(table))))
        this.addTable(table, names, own);
    if (type === 'select') this.addInto(node['into']);
    for (const [key, member] of Object.entries(node))
      if (!(key in roles))
        this.visit(member, names, conditions.has(key) ? 'INDIRECT' : own, depth + 1);
  }

  /** Adds what is written or executed, and returns the keys that stand for it in `from`. */
  private addRoles(
    node: JsonObject,
    type: string,
    roles: Readonly<Record<string, Role>>,
    common: ReadonlySet<string>,
  ): ReadonlySet<string> {
    const isChange = type === 'update' || type === 'delete';
    const aliases = isChange ? aliasesOf(node['from']) : noAliases;
    const found = new Set<string>();
    for (const [key, role] of Object.entries(roles))
      for (const table of listOf(node[key])) {
        const aliased = table['db'] ? undefined : aliases.get(keyOfName(partsOf(table)));
        const name = partsOf(aliased ?? table);
        found.add(keyOfName(partsOf(table))).add(keyOfName(name));
        if (!isCommon(name, common) && (name.at(-1) ?? '') !== '') this.add(role, name);
      }
    return found;
  }

  private addTable(table: JsonObject, common: ReadonlySet<string>, influence: Influence): void {
    const name = partsOf(table);
    if ((name.at(-1) ?? '') !== '' && !isCommon(name, common)) this.addRead(name, influence);
  }

  private addInto(into: Json | undefined): void {
    const target = isObject(into) ? into['expr'] : undefined;
    if (typeof target === 'string' && target !== '') this.add('writes', partsOfText(target));
  }
}

const isCommon = (name: NameParts, common: ReadonlySet<string>): boolean =>
  name.length === 1 && common.has(name[0]!.toLowerCase());

const noAliases: ReadonlyMap<string, JsonObject> = new Map();

const listOf = (json: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(json) ? (json as readonly Json[]) : [json ?? null]).filter(isObject);

const partsOf = ({ server, db, schema, table }: JsonObject): string[] =>
  [server, db, schema, table].flatMap((part) =>
    typeof part === 'string' && part !== '' ? part.replace(/^[[`"]|[\]`"]$/g, '') : [],
  );

/** Names of common table expressions, which are no tables. */
function commonTables({ with: list }: JsonObject): string[] {
  return listOf(list).flatMap(({ name }) => {
    const value = isObject(name) ? name['value'] : name;
    return typeof value === 'string' ? [value.toLowerCase()] : [];
  });
}

const aliasesOf = (from: Json | undefined) =>
  new Map(
    listOf(from).flatMap((table) =>
      typeof table['as'] === 'string' ? [[table['as'].toLowerCase(), table] as const] : [],
    ),
  );
