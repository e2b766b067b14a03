/**
 * One pass over a list of one kind: compares each page with the etag map, writes changes, updates
 * the map.
 */
import { setImmediate } from 'node:timers/promises';
import { toLoggedChanges, type LoggedChange } from './change-log';
import { matchesEtag, missingFrom, type EtagMap, type EtagEntry } from './etag-map';
import { isCurrentVersion, type VersionHash } from '../data-factory/canonical-json';
import { extractResources, versionOf } from '../data-factory/resource-extraction';
import { isMassRemoval } from './mass-removal';
import type { MassRemoval, MirrorTarget, ReportTally } from './mirror-messages';
import { addTally, type Tallies, type Tally } from './tallies';
import type { CatalogStore, EtagMapStore, RowChange, RowPut } from './ports';
import type { SourcePage } from '../data-factory/ports';
import type { ReferenceIndexUpdate } from './reference-index-update';
import type { Resource, ResourceKind } from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import { keyPart, rowKeyOf } from '../data-factory/resource-id';

/** Above this number of pipelines, load all activities in one query instead of one per pipeline. */
const bulkLoadThreshold = 20;

export class DeltaPass {
  tallies: Tallies = {};
  /** Whether a row was written, so that the map must be saved. */
  hasWritten = false;
  entries: Map<string, EtagEntry>;
  /** Set if so much of the kind is missing that a person should confirm the removal. */
  massRemoval: MassRemoval | undefined;
  /**
   * Hashes of stored activities by prefix of their pipeline. Undefined until loaded in one query.
   */
  private activityHashes: ReadonlyMap<string, Map<string, string>> | undefined;
  private markingDirty: Promise<void> | undefined;

  constructor(
    private readonly target: MirrorTarget,
    private readonly map: EtagMap,
    private readonly catalog: CatalogStore,
    private readonly references: ReferenceIndexUpdate,
    private readonly etagMaps: EtagMapStore,
    private readonly recordChanges: (changes: readonly LoggedChange[]) => Promise<void>,
    private readonly at: Date,
    private readonly report: ReportTally,
    private readonly versionHash: VersionHash,
  ) {
    this.entries = map.entries;
  }

  /** If an earlier pass was interrupted, reads the rows, because the map may lack some of them. */
  async begin(): Promise<void> {
    const { dirtySyncRunId } = this.map;
    if (dirtySyncRunId === undefined) return;
    const { factory, kind, syncRunId } = this.target;
    if (kind === 'pipeline')
      this.activityHashes = byPipeline(
        await this.catalog.listHashes(this.target, factory, 'activity|'),
      );
    const stored = await this.catalog.listHashes(this.target, factory, `${kind}|`);
    this.entries = new Map(
      [...stored].map(([rowKey, hash]) => {
        const known = this.map.entries.get(rowKey);
        const isCurrent =
          dirtySyncRunId === syncRunId && known?.hash === hash && known.syncRunId === syncRunId;
        return [rowKey, isCurrent ? known : { hash }];
      }),
    );
  }

  /** Writes the changes of a page. */
  async apply({ items, parent }: SourcePage): Promise<void> {
    // Lets the request for the next page be sent before this page occupies the processor.
    await setImmediate();
    const changed = items.filter((raw) => this.target.full || !this.isUnchanged(raw, parent));
    const resources = extractResources(this.target.kind, changed, parent, this.versionHash);
    const changes = await Promise.all(resources.map((resource) => this.changeOf(resource)));
    await this.write(changes.filter((change) => change !== undefined));
  }

  /** Whether the etag is the known one. Counts the object if so, without reading its JSON. */
  private isUnchanged(raw: Json, parent: string | undefined): boolean {
    const version = versionOf(raw);
    if (!version) return false;
    const rowKey = rowKeyOf(this.target.kind, version.name, parent);
    const known = this.entries.get(rowKey);
    if (known === undefined || !matchesEtag(known, version.etag)) return false;
    // After an upgrade of the rules, the stored body is redacted again.
    if (!isCurrentVersion(known.hash)) return false;
    this.entries.set(rowKey, { ...known, syncRunId: this.target.syncRunId });
    this.countUnchanged(known.children);
    return true;
  }

  /** Removes objects that the complete list did not contain, pipelines with their activities. */
  async removeMissing(): Promise<void> {
    const { kind, syncRunId, factory } = this.target;
    const missing = missingFrom(syncRunId, this);
    if (missing.length > 0) this.count(kind, { removed: missing.length });
    // Includes rows that an interrupted removal has hidden: the map still contains them.
    const known = new Set([...this.map.entries.keys(), ...this.entries.keys()]);
    const missingCount = [...known].filter(
      (rowKey) => this.entries.get(rowKey)?.syncRunId !== syncRunId,
    ).length;
    if (isMassRemoval(missingCount, known.size))
      this.massRemoval = { removed: missingCount, of: known.size };
    const quarantine = this.massRemoval ? { quarantinedBy: syncRunId } : {};
    if (kind === 'pipeline' && missing.length > bulkLoadThreshold)
      this.activityHashes ??= byPipeline(
        await this.catalog.listHashes(this.target, factory, 'activity|'),
      );
    const changes = await Promise.all(
      missing.map(async (rowKey): Promise<RowChange> => {
        if (kind !== 'pipeline') return { put: [], remove: [rowKey], ...quarantine };
        const prefix = `activity|${rowKey.slice('pipeline|'.length)}|`;
        const children = [...(await this.storedChildren(prefix, true)).keys()];
        this.count('activity', { removed: children.length });
        return { put: [], remove: [...children, rowKey], ...quarantine };
      }),
    );
    await this.write(changes);
  }

  private async changeOf(resource: Resource): Promise<RowChange | undefined> {
    const { kind, syncRunId, full } = this.target;
    const { name, parent, hash, sourceEtag, children = [] } = resource;
    const rowKey = rowKeyOf(kind, name, parent);
    const known = this.entries.get(rowKey);
    this.entries.set(rowKey, {
      ...(sourceEtag !== undefined && { etag: sourceEtag }),
      hash,
      ...(children.length > 0 && { children: children.length }),
      syncRunId,
    });
    const same = known?.hash === hash && !full;
    const recovers = this.map.dirtySyncRunId !== undefined;
    if (same && !recovers) {
      this.countUnchanged(children.length);
      return undefined;
    }
    this.references.record(rowKey, resource);
    const { put, remove } = await this.childChanges(name, children, known !== undefined);
    if (same && put.length + remove.length === 0) {
      this.count(kind, { read: 1, unchanged: 1 });
      return undefined;
    }
    this.count(kind, { read: 1, written: 1 });
    const own = { rowKey, resource, ...changeBetween(known?.hash, hash) };
    return { put: [...put, own], remove };
  }

  /** Compares the activities of a pipeline with the stored ones. */
  private async childChanges(
    pipeline: string,
    children: readonly Resource[],
    stored: boolean,
  ): Promise<RowChange> {
    if (this.target.kind !== 'pipeline') return { put: [], remove: [] };
    const prefix = `activity|${keyPart(pipeline)}|`;
    const existing = await this.storedChildren(prefix, stored);
    const wanted = children.map((resource) => ({
      rowKey: `${prefix}${keyPart(resource.path ?? resource.name)}`,
      resource,
    }));
    const put = wanted
      .map((each) => ({ ...each, ...changeBetween(existing.get(each.rowKey), each.resource.hash) }))
      .filter(({ rowKey, resource }) => this.target.full || existing.get(rowKey) !== resource.hash);
    const wantedRowKeys = new Set(wanted.map(({ rowKey }) => rowKey));
    const remove = [...existing.keys()].filter((rowKey) => !wantedRowKeys.has(rowKey));
    this.count('activity', {
      read: children.length,
      written: put.length,
      unchanged: children.length - put.length,
      removed: remove.length,
    });
    return { put, remove };
  }

  private async storedChildren(prefix: string, stored: boolean): Promise<Map<string, string>> {
    if (this.activityHashes) return this.activityHashes.get(prefix) ?? new Map();
    if (!stored) return new Map();
    return new Map(await this.catalog.listHashes(this.target, this.target.factory, prefix));
  }

  private async write(changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.markDirty();
    const logged = toLoggedChanges(changes);
    if (logged.length > 0) await this.recordChanges(logged);
    await this.catalog.write(this.target, this.target.factory, changes, this.at);
  }

  private async markDirty(): Promise<void> {
    this.hasWritten = true;
    const { factory, kind, syncRunId } = this.target;
    await (this.markingDirty ??= this.etagMaps.markDirty(this.target, factory, kind, syncRunId));
  }

  private countUnchanged(children = 0): void {
    this.count(this.target.kind, { read: 1, unchanged: 1 });
    if (children > 0) this.count('activity', { read: children, unchanged: children });
  }

  private count(kind: ResourceKind, more: Partial<Tally>): void {
    this.tallies = addTally(this.tallies, kind, more);
    this.report(kind, more);
  }
}

/** A row that was stored with other rules of redaction is rewritten without a change. */
const changeBetween = (before: string | undefined, now: string): Pick<RowPut, 'change'> =>
  before === undefined
    ? { change: 'added' }
    : before === now || !isCurrentVersion(before)
      ? {}
      : { change: 'changed' };

/** Groups row keys `activity|{pipeline}|{path}` by `activity|{pipeline}|`. */
function byPipeline(hashes: ReadonlyMap<string, string>): Map<string, Map<string, string>> {
  const grouped = new Map<string, Map<string, string>>();
  for (const [rowKey, hash] of hashes) {
    const prefix = rowKey.slice(0, rowKey.lastIndexOf('|') + 1);
    const group = grouped.get(prefix) ?? new Map<string, string>();
    grouped.set(prefix, group.set(rowKey, hash));
  }
  return grouped;
}
