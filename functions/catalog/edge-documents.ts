/** Whose JSON has to be opened to find edges: as few resources as the question allows, in the order of their keys. */
import { documentOf, type EdgeKind } from '../data-factory/edge';
import type { CatalogRowWithBody, CatalogStore, ReferenceIndexStore } from './ports';
import type { ReferenceIndex } from './reference-index';
import { listedKinds, type ListedKind, type ResourceKind } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';

/** Edges to look for, by row keys: those that begin at a row, those that end at it, or both. */
export interface EdgeQuery {
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

const rowsPerPage = 50;
const maxConcurrentReads = 8;
const inOrder = listedKinds.toSorted();

export class EdgeDocuments {
  constructor(
    private readonly catalog: Pick<CatalogStore, 'get' | 'listBodies'>,
    private readonly referenceIndex: ReferenceIndexStore,
  ) {}

  /** Live resources whose JSON may hold such an edge, in the order of their keys, from one on. */
  async *find(
    connector: ConnectorKey,
    factory: string,
    { source, target, kind }: EdgeQuery,
    from = '',
  ): AsyncGenerator<CatalogRowWithBody> {
    if (source !== undefined) {
      yield* this.each(connector, factory, [documentOf(source)], from);
      if (kindOf(source) !== 'factory' || (kind ?? 'contains') !== 'contains') return;
      // Pipelines tell their place in the factory themselves.
      if (target === undefined) yield* this.all(connector, factory, 'pipeline', from);
      else if (kindOf(target) === 'pipeline') yield* this.each(connector, factory, [target], from);
      return;
    }
    const index = await this.referenceIndex.loadFactory(connector, factory);
    const owners = referring(index, target, kind);
    const holds = target === undefined && (kind === undefined || unindexedEdgeKinds.has(kind));
    for (const each of inOrder)
      if (holds && kindsWithInternalEdges.has(each))
        yield* this.all(connector, factory, each, from);
      else {
        const own = owners.filter((owner) => kindOf(owner) === each);
        yield* this.each(connector, factory, own, from);
      }
  }

  private async *each(
    connector: ConnectorKey,
    factory: string,
    rowKeys: readonly string[],
    from: string,
  ): AsyncGenerator<CatalogRowWithBody> {
    const left = rowKeys.filter((rowKey) => rowKey >= from);
    for (let n = 0; n < left.length; n += maxConcurrentReads) {
      const some = left.slice(n, n + maxConcurrentReads);
      const rows = await Promise.all(
        some.map((rowKey) => this.catalog.get(connector, factory, rowKey)),
      );
      for (const row of rows) if (row) yield row;
    }
  }

  private async *all(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind,
    from: string,
  ): AsyncGenerator<CatalogRowWithBody> {
    // The first key behind those of a kind: `}` follows `|`.
    if (from >= `${kind}}`) return;
    for (let next: string | undefined = from; next !== undefined;) {
      const rows: readonly CatalogRowWithBody[] = await this.catalog.listBodies(
        connector,
        factory,
        kind,
        { limit: rowsPerPage, from: next },
      );
      yield* rows;
      // The smallest key behind the last one: keys hold no character below a space.
      next = rows.length < rowsPerPage ? undefined : `${rows.at(-1)!.rowKey} `;
    }
  }
}

const kindOf = (rowKey: string) => rowKey.split('|')[0] as ResourceKind;

/** What stays inside its owner: the index knows nothing of it, or not of all. */
const unindexedEdgeKinds: ReadonlySet<EdgeKind> = new Set(['contains', 'dependsOn']);
/** Whatever has edges of these kinds. */
const kindsWithInternalEdges: ReadonlySet<ListedKind> = new Set(['pipeline', 'dataFlow']);

/** Those that refer to it, and whoever owns it, since what stays inside is in no index. */
function referring(
  index: ReferenceIndex,
  target: string | undefined,
  kind: EdgeKind | undefined,
): string[] {
  const owners = [...index]
    .filter(([, referrals]) =>
      referrals.some(
        (each) =>
          (target === undefined || each.target === target) &&
          (kind === undefined || each.kind === kind),
      ),
    )
    .map(([owner]) => owner);
  const own = target === undefined ? [] : [documentOf(target)];
  return [...new Set([...owners, ...own])].toSorted();
}
