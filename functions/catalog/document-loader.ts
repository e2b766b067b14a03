/** Loads documents of one factory with their JSON, each once: few of a kind one by one, many as a list. */
import { mapConcurrently } from '../concurrency/map-concurrently';
import { listedKinds, type FactoryRef, type ListedKind } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';
import type { CatalogRowWithBody, CatalogStore, EtagMapStore } from './ports';

const maxConcurrentReads = 8;
/** A list is read if at least this share of its documents is wanted, or this number of a kind. */
const listFrom = { share: 1 / 4, documents: 40 };
/** A list costs no more requests than this number of documents. */
const maxSingleReads = 2;
const rowsPerPage = 100;

export type DocumentReader = Pick<CatalogStore, 'get' | 'listBodies'>;

/** For one update: keeps what it has read until `forget`, so that memory holds it only that long. */
export class DocumentLoader {
  private versionsByKind: Promise<ReadonlyMap<ListedKind, Versions>> | undefined;
  private readonly rows = new Map<string, CatalogRowWithBody | undefined>();

  constructor(
    private readonly catalog: DocumentReader,
    private readonly etagMaps: Pick<EtagMapStore, 'loadFactory'>,
    readonly connector: ConnectorKey,
    readonly factory: FactoryRef,
  ) {}

  /** Versions of all documents of the kinds, by row key. */
  async versions(kinds: readonly ListedKind[]): Promise<Map<string, string>> {
    const known = await this.allVersions();
    return new Map(kinds.flatMap((kind) => [...(known.get(kind) ?? [])]));
  }

  /** Calls `add` once per row key. A document that was removed meanwhile is added as undefined. */
  async load(
    rowKeys: readonly string[],
    add: (rowKey: string, row: CatalogRowWithBody | undefined) => void,
  ): Promise<void> {
    const known = await this.allVersions();
    const missing = rowKeys.filter((rowKey) => !this.rows.has(rowKey));
    const singles: string[] = [];
    const all = [...known.values()].reduce((sum, { length }) => sum + length, 0);
    if (isLargePart(missing.length, all)) await this.loadList(undefined);
    else
      for (const kind of listedKinds) {
        const own = missing.filter((rowKey) => rowKey.startsWith(`${kind}|`));
        if (isList(own.length, known.get(kind)?.length ?? 0)) await this.loadList(kind);
        else singles.push(...own);
      }
    const { connector, factory, rows } = this;
    await mapConcurrently(singles, maxConcurrentReads, async (rowKey) => {
      rows.set(rowKey, await this.catalog.get(connector, factoryHash(factory), rowKey));
    });
    for (const rowKey of rowKeys) add(rowKey, rows.get(rowKey));
  }

  /** Another step has written the factory, so everything is read again. */
  forget(): void {
    this.versionsByKind = undefined;
    this.rows.clear();
  }

  private allVersions(): Promise<ReadonlyMap<ListedKind, Versions>> {
    return (this.versionsByKind ??= this.loadVersions());
  }

  private async loadVersions(): Promise<ReadonlyMap<ListedKind, Versions>> {
    const maps = await this.etagMaps.loadFactory(this.connector, this.factory);
    return new Map(
      [...maps].map(([kind, { entries }]) => [
        kind,
        Array.from(entries, ([rowKey, { hash }]) => [rowKey, hash] as const),
      ]),
    );
  }

  /** Of every kind if it is undefined. */
  private async loadList(kind: ListedKind | undefined): Promise<void> {
    const hash = factoryHash(this.factory);
    for (let from: string | undefined; ;) {
      const page = { limit: rowsPerPage + 1, ...(from !== undefined && { from }) };
      const rows = await this.catalog.listBodies(this.connector, hash, kind, page);
      for (const row of rows) this.rows.set(row.rowKey, row);
      if (rows.length <= rowsPerPage) return;
      from = rows.at(-1)!.rowKey;
    }
  }
}

type Versions = readonly (readonly [rowKey: string, version: string])[];

const isList = (wanted: number, all: number) =>
  isLargePart(wanted, all) || wanted > listFrom.documents;

const isLargePart = (wanted: number, all: number) =>
  wanted > maxSingleReads && wanted >= all * listFrom.share;
