/**
 * Statements of one text in order: temporary tables pass on what they were filled from, and USE
 * changes the database of what follows.
 */
import type { Influence } from '../lineage-unit';
import type { PlainStatement } from './plain-statements';
import {
  keyOfName,
  type NameParts,
  type StatementTables,
  type TableRead,
} from './statement-tables';

/** What flows within one statement. */
export interface SqlFlow extends Omit<StatementTables, 'reason'> {
  /** True if the rows are returned, and not written anywhere. */
  readonly isResult: boolean;
}

export class SqlSession {
  readonly flows: SqlFlow[] = [];
  private readonly temporary = new Map<string, readonly TableRead[]>();
  private place: { readonly database?: string; readonly schema?: string } = {};

  use(place: NonNullable<PlainStatement['use']>): void {
    this.place = { ...this.place, ...place };
  }

  /** `declared` has the temporary tables that the statement itself creates. */
  add({ reads, writes, executes }: StatementTables, declared: readonly NameParts[]): void {
    for (const name of declared) this.temporary.set(keyOfName(name), []);
    const sources = reads.flatMap((read) => this.sourcesOf(read));
    const own = writes.filter((name) => !this.isTemporary(name));
    for (const name of writes)
      if (this.isTemporary(name))
        this.temporary.set(
          keyOfName(name),
          // A table that is filled from itself would double its sources each time.
          distinct([...(this.temporary.get(keyOfName(name)) ?? []), ...sources]),
        );
    const placed = (name: NameParts) => this.placed(name);
    this.flows.push({
      reads: distinct(sources),
      writes: own.map(placed),
      executes: executes.map(placed),
      isResult: writes.length === 0,
    });
  }

  private sourcesOf(read: TableRead): readonly TableRead[] {
    if (!this.isTemporary(read.name)) return [{ ...read, name: this.placed(read.name) }];
    const sources = this.temporary.get(keyOfName(read.name)) ?? [];
    return sources.map((source) => ({ name: source.name, influence: weaker(source, read) }));
  }

  private isTemporary = (name: NameParts): boolean =>
    name.length === 1 && (/^[#@]/.test(name[0]!) || this.temporary.has(keyOfName(name)));

  private placed(name: NameParts): NameParts {
    const { database, schema } = this.place;
    if (name.length > 2 || (database === undefined && schema === undefined)) return name;
    const [table, own] = name.toReversed();
    const inner = [own ?? schema ?? '', table!];
    return database === undefined ? inner : [database, ...inner];
  }
}

const weaker = (one: TableRead, other: TableRead): Influence =>
  one.influence === 'INDIRECT' ? 'INDIRECT' : other.influence;

function distinct(reads: readonly TableRead[]): TableRead[] {
  const found = new Map<string, TableRead>();
  for (const read of reads) {
    const key = keyOfName(read.name);
    if (read.influence === 'DIRECT' || !found.has(key)) found.set(key, read);
  }
  return [...found.values()];
}
