/**
 * Keeps what is searched of a factory up to date. Compares versions of documents and of lineage with
 * what was stored, so it needs no list of changes, and a failure is made good by the next sync run.
 */
import type { DocumentLoader } from '../catalog/document-loader';
import { bucketsWith, changedKeys, storedUnits } from '../catalog/packed-units';
import { listedKinds } from '../data-factory/resource';
import { SupersededError } from '../errors/app-error';
import type { LineageUnit } from '../lineage/lineage-unit';
import type { LineageStore } from '../lineage/ports';
import type { SearchStore } from './ports';
import { searchRules, toSearchUnit, withAssets, type AssetNames } from './search-unit';

/** Key of the version of lineage among the versions of documents. */
const lineageKey = 'lineage';
const maxAttempts = 5;

export interface SearchUpdate {
  /** Number of documents whose unit was written. */
  readonly written: number;
  readonly removed: number;
}

export class SearchIndexService {
  constructor(
    private readonly store: SearchStore,
    private readonly lineage: Pick<LineageStore, 'loadHead' | 'loadUnits'>,
  ) {}

  /** Idempotent. Reads a few rows and writes nothing if nothing changed. */
  async update(documents: DocumentLoader): Promise<SearchUpdate> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.updateOnce(documents);
      } catch (error) {
        if (!(error instanceof SupersededError) || attempt === maxAttempts) throw error;
        documents.forget();
      }
    }
  }

  private async updateOnce(documents: DocumentLoader): Promise<SearchUpdate> {
    const { connector, factory } = documents;
    const [head, versions, lineage] = await Promise.all([
      this.store.loadHead(connector, factory),
      documents.versions(listedKinds),
      this.lineage.loadHead(connector, factory),
    ]);
    if (lineage.etag !== undefined) versions.set(lineageKey, lineage.etag);
    const changed = changedKeys(head, versions, searchRules);
    if (changed.size === 0) return { written: 0, removed: 0 };
    const [stored, assets] = await Promise.all([
      storedUnits(this.store, connector, factory, head),
      storedUnits(this.lineage, connector, factory, lineage),
    ]);
    const next = new Map(stored);
    const wanted = [...changed].filter((rowKey) => versions.has(rowKey) && rowKey !== lineageKey);
    await documents.load(wanted, (rowKey, row) => {
      // A row that was removed since the etag map was read is found with the next update.
      if (row) next.set(rowKey, toSearchUnit(row));
    });
    for (const rowKey of stored.keys()) if (!versions.has(rowKey)) next.delete(rowKey);
    for (const [rowKey, unit] of next)
      next.set(rowKey, withAssets(unit, assetNames(assets.get(rowKey))));
    const written = [...next].filter(([rowKey, unit]) => unit !== stored.get(rowKey));
    const removed = [...stored.keys()].filter((rowKey) => !next.has(rowKey));
    const buckets = bucketsWith([...written.map(([rowKey]) => rowKey), ...removed], next);
    await this.store.save(connector, factory, { versions, rules: searchRules }, buckets, head);
    return { written: written.length, removed: removed.length };
  }
}

/** Names without the namespace, which names the server. */
function assetNames(unit: LineageUnit | undefined): AssetNames {
  if (!unit) return new Map();
  const names = new Map(unit.assets.map(({ id, name }) => [id, name]));
  return new Map(
    unit.activities.map(({ path, ends }) => {
      const own = ends.flatMap(({ asset }) => names.get(asset) ?? []);
      return [path, [...new Set(own)].sort()];
    }),
  );
}
