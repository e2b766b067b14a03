/**
 * Finds the documents whose JSON may contain the edges of a query: as few as possible, in the order
 * of row keys.
 */
import { documentOf, type EdgeKind } from '../data-factory/edge';
import { listedKinds, type ListedKind } from '../data-factory/resource';
import { kindOf } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';
import type { CatalogRowWithBody, CatalogStore, ReferenceIndexStore } from './ports';
import type { ReferenceIndex } from './reference-index';

/** Row keys of the ends. If only one is given, the other end is any resource. */
export interface EdgeQuery {
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

const rowsPerPage = 50;

/** Requests to storage that one page of edges may still make. */
export interface RequestBudget {
  requests: number;
}

/** Where the search continues when its budget is used up. */
export interface SearchStop {
  readonly stopAt: string;
}
const sortedKinds = listedKinds.toSorted();

export class EdgeDocuments {
  constructor(
    private readonly catalog: Pick<CatalogStore, 'get' | 'listBodies'>,
    private readonly referenceIndex: ReferenceIndexStore,
  ) {}

  /**
   * Yields live documents in the order of row keys, and a stop last if requests ran out. Starts at
   * `from`.
   */
  async *find(
    connector: ConnectorKey,
    factory: string,
    { source, target, kind }: EdgeQuery,
    budget: RequestBudget,
    from = '',
  ): AsyncGenerator<CatalogRowWithBody | SearchStop> {
    const each = (rowKeys: readonly string[]) =>
      this.each(connector, factory, rowKeys, budget, from);
    const all = (listed: ListedKind) => this.all(connector, factory, listed, budget, from);
    if (source !== undefined) {
      yield* each([documentOf(source)]);
      if (kindOf(source) !== 'factory' || (kind ?? 'contains') !== 'contains') return;
      // The edge from a factory to a pipeline is extracted from the pipeline.
      if (target === undefined) yield* all('pipeline');
      else if (kindOf(target) === 'pipeline') yield* each([target]);
      return;
    }
    budget.requests--;
    const index = await this.referenceIndex.loadFactory(connector, factory);
    const documents = referringDocuments(index, target, kind);
    const isUnindexed = target === undefined && (kind === undefined || internalKinds.has(kind));
    for (const listed of sortedKinds)
      if (isUnindexed && kindsWithInternalEdges.has(listed)) yield* all(listed);
      else yield* each(documents.filter((rowKey) => kindOf(rowKey) === listed));
  }

  private async *each(
    connector: ConnectorKey,
    factory: string,
    rowKeys: readonly string[],
    budget: RequestBudget,
    from: string,
  ): AsyncGenerator<CatalogRowWithBody | SearchStop> {
    const remaining = rowKeys.filter((rowKey) => rowKey >= from);
    const read = remaining.slice(0, Math.max(0, budget.requests));
    budget.requests -= read.length;
    const rows = read.map((rowKey) => this.catalog.get(connector, factory, rowKey));
    for (const row of await Promise.all(rows)) if (row) yield row;
    const stopAt = remaining[read.length];
    if (stopAt !== undefined) yield { stopAt };
  }

  private async *all(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind,
    budget: RequestBudget,
    from: string,
  ): AsyncGenerator<CatalogRowWithBody | SearchStop> {
    // `}` follows `|`, so `{kind}}` is greater than every row key of the kind.
    if (from >= `${kind}}`) return;
    for (let next: string | undefined = from; next !== undefined;) {
      if (budget.requests <= 0) return yield { stopAt: next > `${kind}|` ? next : `${kind}|` };
      budget.requests--;
      const rows: readonly CatalogRowWithBody[] = await this.catalog.listBodies(
        connector,
        factory,
        kind,
        { limit: rowsPerPage, from: next },
      );
      yield* rows;
      // A space is the smallest character of a row key, so this is the next possible row key.
      next = rows.length < rowsPerPage ? undefined : `${rows.at(-1)!.rowKey} `;
    }
  }
}

/** Kinds of edges that the index lacks, completely or in part. */
const internalKinds: ReadonlySet<EdgeKind> = new Set(['contains', 'dependsOn']);
const kindsWithInternalEdges: ReadonlySet<ListedKind> = new Set(['pipeline', 'dataFlow']);

/**
 * Row keys of documents that refer to the target, and of its own document, whose internal edges are
 * not indexed.
 */
function referringDocuments(
  index: ReferenceIndex,
  target: string | undefined,
  kind: EdgeKind | undefined,
): string[] {
  const referring = [...index]
    .filter(([, references]) =>
      references.some(
        (each) =>
          (target === undefined || each.target === target) &&
          (kind === undefined || each.kind === kind),
      ),
    )
    .map(([rowKey]) => rowKey);
  const own = target === undefined ? [] : [documentOf(target)];
  return [...new Set([...referring, ...own])].toSorted();
}
