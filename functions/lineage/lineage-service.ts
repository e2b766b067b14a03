/**
 * Keeps the lineage of a factory up to date. Compares the etag maps of the catalog with what lineage
 * was computed from, so it needs no list of changes, and a failure is made good by the next sync run.
 */
import type { CatalogStore, EtagMapStore } from '../catalog/ports';
import { mapConcurrently } from '../concurrency/map-concurrently';
import type { FactoryRef, ListedKind } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import { SupersededError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import { hasUnit, updateLineage, type LineageUnits } from './factory/factory-lineage';
import { LoadedDocuments } from './loaded-documents';
import type { LineageStore } from './ports';
import { loadSqlParser, type SqlParser } from './sql/sql-parser';
import { bucketsWith, lineageRules, unitsOf, type LoadedHead } from './stored-lineage';

/** Kinds whose documents lineage reads. */
const kinds: readonly ListedKind[] = [
  'pipeline',
  'dataset',
  'linkedService',
  'dataFlow',
  'trigger',
  'globalParameter',
  'changeDataCapture',
];

export interface LineageUpdate {
  /** Number of documents whose lineage was computed. */
  readonly computed: number;
  readonly removed: number;
}

const maxConcurrentReads = 8;
/** Above this number of documents of a kind, its list is read instead of each document. */
const maxSingleReads = 40;
const rowsPerPage = 100;
const maxAttempts = 5;
/** References lead from pipelines to data flows, datasets and linked services. */
const maxLoads = 12;

export class LineageService {
  constructor(
    private readonly store: LineageStore,
    private readonly catalog: Pick<CatalogStore, 'get' | 'listBodies'>,
    private readonly etagMaps: Pick<EtagMapStore, 'loadFactory'>,
    private readonly loadParser: () => Promise<SqlParser> = loadSqlParser,
  ) {}

  /** Idempotent. Reads a few rows and writes nothing if nothing changed. */
  async update(connector: ConnectorKey, factory: FactoryRef): Promise<LineageUpdate> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.updateOnce(connector, factory);
      } catch (error) {
        if (!(error instanceof SupersededError) || attempt === maxAttempts) throw error;
      }
    }
  }

  private async updateOnce(connector: ConnectorKey, factory: FactoryRef): Promise<LineageUpdate> {
    const [head, versions] = await Promise.all([
      this.store.loadHead(connector, factory),
      this.versions(connector, factory),
    ]);
    const changed = changedKeys(head, versions);
    if (changed.size === 0) return { computed: 0, removed: 0 };
    const stored = unitsOf(await this.store.loadUnits(connector, factoryHash(factory)));
    const units: LineageUnits = head.rules === lineageRules ? stored : new Map();
    const { computed, removed } = await this.compute(connector, factory, units, versions, changed);
    const next = new Map([...units, ...computed]);
    for (const rowKey of removed) next.delete(rowKey);
    const outdated = head.rules === lineageRules ? [] : stored.keys();
    const buckets = bucketsWith([...computed.keys(), ...removed, ...outdated], next);
    await this.store.save(connector, factory, { versions, rules: lineageRules }, buckets, head);
    return { computed: computed.size, removed: removed.length };
  }

  /** Computes until all documents that are needed are loaded. Most updates need three rounds. */
  private async compute(
    connector: ConnectorKey,
    factory: FactoryRef,
    units: LineageUnits,
    versions: ReadonlyMap<string, string>,
    changed: ReadonlySet<string>,
  ) {
    const sql = await this.loadParser();
    const documents = new LoadedDocuments(factory, (rowKey) => versions.has(rowKey));
    const globals = [...versions.keys()].filter((each) => each.startsWith('globalParameter|'));
    const likely = [...units.values()].filter(
      (unit) => changed.has(unit.rowKey) || unit.dependsOn.some((each) => changed.has(each)),
    );
    const first = [
      ...globals,
      ...[...changed].filter(hasUnit),
      ...likely.flatMap((unit) => [unit.rowKey, ...unit.dependsOn]),
    ];
    let wanted: readonly string[] = [...new Set(first)].filter((each) => versions.has(each));
    for (let round = 1; ; round++) {
      await this.load(connector, factory, wanted, documents);
      const change = updateLineage(units, versions, changed, documents, sql);
      wanted = documents.takeWanted();
      if (wanted.length === 0 || round === maxLoads) return change;
    }
  }

  private async load(
    connector: ConnectorKey,
    factory: FactoryRef,
    rowKeys: readonly string[],
    documents: LoadedDocuments,
  ): Promise<void> {
    const hash = factoryHash(factory);
    const singles: string[] = [];
    for (const kind of kinds) {
      const own = rowKeys.filter((rowKey) => rowKey.startsWith(`${kind}|`));
      if (own.length > maxSingleReads) await this.loadKind(connector, hash, kind, documents);
      else singles.push(...own);
    }
    await mapConcurrently(singles, maxConcurrentReads, async (rowKey) => {
      const row = await this.catalog.get(connector, hash, rowKey);
      // A row that was removed since the etag map was read is found with the next update.
      documents.add(rowKey, row?.body ?? null);
    });
  }

  private async loadKind(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind,
    documents: LoadedDocuments,
  ): Promise<void> {
    for (let from: string | undefined; ;) {
      const page = { limit: rowsPerPage + 1, ...(from !== undefined && { from }) };
      const rows = await this.catalog.listBodies(connector, factory, kind, page);
      for (const { rowKey, body } of rows) documents.add(rowKey, body ?? null);
      if (rows.length <= rowsPerPage) return;
      from = rows.at(-1)!.rowKey;
    }
  }

  private async versions(
    connector: ConnectorKey,
    factory: FactoryRef,
  ): Promise<ReadonlyMap<string, string>> {
    const maps = await this.etagMaps.loadFactory(connector, factory);
    return new Map(
      kinds.flatMap((kind) =>
        [...(maps.get(kind)?.entries ?? [])].map(([rowKey, { hash }]) => [rowKey, hash]),
      ),
    );
  }
}

/** All keys if the rules changed. */
function changedKeys(
  { versions: before, rules }: LoadedHead,
  versions: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const isOutdated = rules !== lineageRules && (before.size > 0 || versions.size > 0);
  return new Set([
    ...[...versions].flatMap(([rowKey, hash]) =>
      isOutdated || before.get(rowKey) !== hash ? [rowKey] : [],
    ),
    ...[...before.keys()].filter((rowKey) => !versions.has(rowKey)),
  ]);
}
