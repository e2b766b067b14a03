/** Loads documents of a factory with their JSON: few of a kind one by one, many as a list. */
import { mapConcurrently } from '../concurrency/map-concurrently';
import type { FactoryRef, ListedKind } from '../data-factory/resource';
import { listedKinds } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';
import type { CatalogRowWithBody, CatalogStore, EtagMapStore } from './ports';

const maxConcurrentReads = 8;
/** Above this number of documents of a kind, its list is read instead of each document. */
const maxSingleReads = 40;
const rowsPerPage = 100;

export type DocumentReader = Pick<CatalogStore, 'get' | 'listBodies'>;

/**
 * Calls `add` with each document, and with further documents of a kind whose list is read. A document
 * that was removed meanwhile is added as undefined.
 */
export async function loadDocuments(
  catalog: DocumentReader,
  connector: ConnectorKey,
  factory: FactoryRef,
  rowKeys: readonly string[],
  add: (rowKey: string, row: CatalogRowWithBody | undefined) => void,
): Promise<void> {
  const hash = factoryHash(factory);
  const singles: string[] = [];
  for (const kind of listedKinds) {
    const own = rowKeys.filter((rowKey) => rowKey.startsWith(`${kind}|`));
    if (own.length > maxSingleReads) await loadKind(catalog, connector, hash, kind, add);
    else singles.push(...own);
  }
  await mapConcurrently(singles, maxConcurrentReads, async (rowKey) => {
    add(rowKey, await catalog.get(connector, hash, rowKey));
  });
}

async function loadKind(
  catalog: DocumentReader,
  connector: ConnectorKey,
  factory: string,
  kind: ListedKind,
  add: (rowKey: string, row: CatalogRowWithBody) => void,
): Promise<void> {
  for (let from: string | undefined; ;) {
    const page = { limit: rowsPerPage + 1, ...(from !== undefined && { from }) };
    const rows = await catalog.listBodies(connector, factory, kind, page);
    for (const row of rows) add(row.rowKey, row);
    if (rows.length <= rowsPerPage) return;
    from = rows.at(-1)!.rowKey;
  }
}

/** Versions of all documents of the kinds, by row key. */
export async function documentVersions(
  etagMaps: Pick<EtagMapStore, 'loadFactory'>,
  connector: ConnectorKey,
  factory: FactoryRef,
  kinds: readonly ListedKind[],
): Promise<Map<string, string>> {
  const maps = await etagMaps.loadFactory(connector, factory);
  return new Map(
    kinds.flatMap((kind) =>
      [...(maps.get(kind)?.entries ?? [])].map(([rowKey, { hash }]) => [rowKey, hash] as const),
    ),
  );
}
