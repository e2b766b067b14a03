/**
 * Keeps the lineage of a factory up to date. Compares the etag maps of the catalog with what lineage
 * was computed from, so it needs no list of changes, and a failure is made good by the next sync run.
 */
import { runInSlices } from '../concurrency/run-in-slices';
import type { DocumentLoader } from '../catalog/document-loader';
import { bucketsWith, changedKeys, storedUnits } from '../catalog/packed-units';
import type { ListedKind } from '../data-factory/resource';
import { SupersededError } from '../errors/app-error';
import { dueUnits, lineageSteps, type LineageUnits } from './factory/factory-lineage';
import { LoadedDocuments } from './loaded-documents';
import type { LineageUnit } from './lineage-unit';
import type { LineageStore } from './ports';
import { newSqlParser } from './sql/sql-parser';
import { lineageRules } from './lineage-rules';

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

const maxAttempts = 5;
/** References lead from pipelines to data flows, datasets and linked services. */
const maxLoads = 12;

export class LineageService {
  constructor(private readonly store: LineageStore) {}

  /** Idempotent. Reads a few rows and writes nothing if nothing changed. */
  async update(documents: DocumentLoader): Promise<LineageUpdate> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.updateOnce(documents);
      } catch (error) {
        if (!(error instanceof SupersededError) || attempt === maxAttempts) throw error;
        documents.forget();
      }
    }
  }

  private async updateOnce(loader: DocumentLoader): Promise<LineageUpdate> {
    const { connector, factory } = loader;
    const [head, versions] = await Promise.all([
      this.store.loadHead(connector, factory),
      loader.versions(kinds),
    ]);
    const changed = changedKeys(head, versions, lineageRules);
    if (changed.size === 0) return { computed: 0, removed: 0 };
    const stored = await storedUnits(this.store, connector, factory, head);
    const units: LineageUnits = head.rules === lineageRules ? stored : new Map();
    const { computed, removed } = await this.compute(loader, units, versions, changed);
    const next = new Map([...units, ...computed]);
    for (const rowKey of removed) next.delete(rowKey);
    const outdated = head.rules === lineageRules ? [] : stored.keys();
    const buckets = bucketsWith([...computed.keys(), ...removed, ...outdated], next);
    await this.store.save(connector, factory, { versions, rules: lineageRules }, buckets, head);
    return { computed: computed.size, removed: removed.length };
  }

  /**
   * Computes until all documents that are needed are loaded. Each round computes only what the round
   * before had to leave incomplete.
   */
  private async compute(
    loader: DocumentLoader,
    units: LineageUnits,
    versions: ReadonlyMap<string, string>,
    changed: ReadonlySet<string>,
  ) {
    const documents = new LoadedDocuments(loader.factory, (rowKey) => versions.has(rowKey));
    const sql = newSqlParser();
    const computed = new Map<string, LineageUnit>();
    const removed: string[] = [];
    let current: Map<string, LineageUnit> = new Map(units);
    let due = dueUnits(units, versions, changed);
    let wanted = firstDocuments(units, versions, changed);
    for (let round = 1; ; round++) {
      await loader.load(wanted, (rowKey, row) =>
        // A row that was removed since the etag map was read is found with the next update.
        documents.add(rowKey, row?.body ?? null),
      );
      const change = await runInSlices(lineageSteps(current, versions, due, documents, sql));
      for (const [rowKey, unit] of change.computed) computed.set(rowKey, unit);
      removed.push(...change.removed);
      wanted = documents.takeWanted();
      if (wanted.length === 0 || round === maxLoads) return { computed, removed };
      current = new Map([...current, ...change.computed]);
      for (const rowKey of change.removed) current.delete(rowKey);
      due = new Set([...change.skipped, ...incomplete(change.computed, new Set(wanted))]);
    }
  }
}

/** Row keys of units that were computed without a document. */
const incomplete = (units: LineageUnits, missing: ReadonlySet<string>): readonly string[] =>
  [...units.values()].flatMap(({ rowKey, dependsOn }) =>
    dependsOn.some((each) => missing.has(each)) ? [rowKey] : [],
  );

/** What changed, and the documents that the units of it were computed from before. */
function firstDocuments(
  units: LineageUnits,
  versions: ReadonlyMap<string, string>,
  changed: ReadonlySet<string>,
): readonly string[] {
  const likely = [...units.values()].filter(
    (unit) => changed.has(unit.rowKey) || unit.dependsOn.some((each) => changed.has(each)),
  );
  const all = new Set([
    ...[...versions.keys()].filter((each) => each.startsWith('globalParameter|')),
    ...changed,
    ...likely.flatMap((unit) => [unit.rowKey, ...unit.dependsOn]),
  ]);
  return [...all].filter((each) => versions.has(each));
}
