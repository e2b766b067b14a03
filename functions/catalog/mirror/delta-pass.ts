/**
 * One pass over a list of one kind: compares each page with the etag map, writes changes, updates
 * the map.
 */
import { setImmediate } from 'node:timers/promises';
import { toLoggedChanges } from '../change-log';
import { earlierChanges, noEarlierChanges, type EarlierChanges } from './earlier-changes';
import { matchesEtag, missingFrom, type EtagEntry, type LoadedEtagMap } from '../etag-map';
import type { KindWriter } from './kind-writer';
import { isCurrentVersion, type VersionHash } from '../../data-factory/canonical-json';
import { OtherVersions, type VersionHashes } from '../../data-factory/other-versions';
import { extractResources, versionOf } from '../../data-factory/resource-extraction';
import { isMassRemoval } from '../mass-removal';
import type { MassRemoval, MirrorTarget, ReportTally } from './mirror-messages';
import { addTally, type Tallies, type Tally } from '../tallies';
import type { CatalogStore, ChangeLog, RowChange, RowPut } from '../ports';
import type { SourcePage } from '../../data-factory/ports';
import type { ReferenceIndexUpdate } from './reference-index-update';
import type { Resource, ResourceKind } from '../../data-factory/resource';
import type { Json } from '../../data-factory/json';
import { keyPart, rowKeyOf } from '../../data-factory/resource-id';

/** Above this number of pipelines, load all activities in one query instead of one per pipeline. */
const bulkLoadThreshold = 20;

export class DeltaPass {
  tallies: Tallies = {};
  /** Whether a row was written, so that the map must be saved. */
  hasWritten = false;
  entries: Map<string, EtagEntry>;
  /** Whether the rows decide, because the map may not describe them. */
  readonly recovers: boolean;
  /** Set if so much of the kind is missing that a person should confirm the removal. */
  massRemoval: MassRemoval | undefined;
  /**
   * Hashes of stored activities by prefix of their pipeline. Undefined until loaded in one query.
   */
  private activityHashes: ReadonlyMap<string, Map<string, string>> | undefined;
  /** What an interrupted attempt of this step has changed already. */
  private earlier: EarlierChanges = noEarlierChanges;

  constructor(
    private readonly target: MirrorTarget,
    private readonly map: LoadedEtagMap,
    private readonly catalog: Pick<CatalogStore, 'listHashes' | 'namesOf'>,
    private readonly references: ReferenceIndexUpdate,
    private readonly writer: KindWriter,
    private readonly changes: Pick<ChangeLog, 'record' | 'recorded'>,
    private readonly at: Date,
    private readonly report: ReportTally,
    private readonly versionHash: VersionHash,
    private readonly otherHashes: VersionHashes['others'],
  ) {
    this.entries = map.entries;
    // A step that continues a list trusts the map that the step before it has saved.
    const isOwn = map.dirtySyncRunId === target.syncRunId && target.cursor !== undefined;
    const continues = isOwn && !map.isInterrupted;
    this.recovers = map.dirtySyncRunId !== undefined && !continues;
  }

  /** If an earlier pass was interrupted, reads the rows, because the map may lack some of them. */
  async begin(): Promise<void> {
    const { dirtySyncRunId } = this.map;
    if (!this.recovers || dirtySyncRunId === undefined) return;
    const { factory, kind, syncRunId } = this.target;
    // Claimed first, so that no other step changes the rows after they are read.
    await this.writer.claim();
    if (dirtySyncRunId === syncRunId)
      this.earlier = await earlierChanges(this.changes, this.target);
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
    const extract = (hash: VersionHash) =>
      extractResources(this.target.kind, changed, parent, hash);
    const resources = extract(this.versionHash);
    const others = new OtherVersions(resources, extract, this.otherHashes);
    const changes = await Promise.all(resources.map((each) => this.changeOf(each, others)));
    await this.write(changes.filter((change) => change !== undefined));
  }

  /** Whether the etag is the known one. Counts the object if so, without reading its JSON. */
  private isUnchanged(raw: Json, parent: string | undefined): boolean {
    const version = versionOf(raw);
    if (!version) return false;
    const rowKey = rowKeyOf(this.target.kind, version.name, parent);
    const known = this.entries.get(rowKey);
    if (known === undefined || !matchesEtag(this.target.kind, known, version.etag)) return false;
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
    const removed = this.earlier.removedUnder(`${kind}|`, missing);
    if (removed.length > 0) this.count(kind, { removed: removed.length });
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
    const removedChildren = new Map<string, readonly string[]>();
    const changes = await Promise.all(
      missing.map(async (rowKey): Promise<RowChange> => {
        if (kind !== 'pipeline') return { put: [], remove: [rowKey], ...quarantine };
        const children = [...(await this.storedChildren(childPrefix(rowKey), true)).keys()];
        removedChildren.set(rowKey, children);
        return { put: [], remove: [...children, rowKey], ...quarantine };
      }),
    );
    for (const rowKey of kind === 'pipeline' ? removed : []) {
      const children = removedChildren.get(rowKey) ?? [];
      const { length } = this.earlier.removedUnder(childPrefix(rowKey), children);
      this.count('activity', { removed: length });
    }
    await this.write(changes);
  }

  private async changeOf(
    resource: Resource,
    others: OtherVersions,
  ): Promise<RowChange | undefined> {
    const { kind, syncRunId, full } = this.target;
    const { name, parent, hash, sourceEtag, children = [] } = resource;
    const rowKey = rowKeyOf(kind, name, parent);
    const known = this.entries.get(rowKey);
    const isRekeyed = await others.include(resource, known?.hash);
    this.entries.set(rowKey, {
      ...(sourceEtag !== undefined && { etag: sourceEtag }),
      hash,
      ...(children.length > 0 && { children: children.length }),
      syncRunId,
    });
    const same = known?.hash === hash && !full;
    if (same && !this.recovers) {
      this.countUnchanged(children.length);
      return undefined;
    }
    this.references.record(rowKey, resource);
    const { put, remove } = await this.childChanges(name, children, known !== undefined, others);
    if (same && put.length + remove.length === 0) {
      const wasWritten = this.earlier.written.has(rowKey);
      this.count(kind, { read: 1, ...(wasWritten ? { written: 1 } : { unchanged: 1 }) });
      return undefined;
    }
    const isUnchanged = isRekeyed && !full && !this.earlier.written.has(rowKey);
    this.count(kind, { read: 1, ...(isUnchanged ? { unchanged: 1 } : { written: 1 }) });
    const own = { rowKey, resource, ...(!isRekeyed && changeBetween(known?.hash, hash)) };
    return { put: [...put, own], remove };
  }

  /** Compares the activities of a pipeline with the stored ones. */
  private async childChanges(
    pipeline: string,
    children: readonly Resource[],
    stored: boolean,
    others: OtherVersions,
  ): Promise<RowChange> {
    if (this.target.kind !== 'pipeline') return { put: [], remove: [] };
    const prefix = `activity|${keyPart(pipeline)}|`;
    const existing = await this.storedChildren(prefix, stored);
    const wanted = children.map((resource) => ({
      rowKey: `${prefix}${keyPart(resource.path ?? resource.name)}`,
      resource,
    }));
    const rekeyed = new Set<string>();
    for (const { rowKey, resource } of wanted)
      if (await others.include(resource, existing.get(rowKey))) rekeyed.add(rowKey);
    const put = wanted
      .map((each) => {
        const before = existing.get(each.rowKey);
        return {
          ...each,
          ...(!rekeyed.has(each.rowKey) && changeBetween(before, each.resource.hash)),
        };
      })
      .filter(({ rowKey, resource }) => this.target.full || existing.get(rowKey) !== resource.hash);
    const wantedRowKeys = new Set(wanted.map(({ rowKey }) => rowKey));
    const remove = [...existing.keys()].filter((rowKey) => !wantedRowKeys.has(rowKey));
    const writing = put.filter(({ rowKey }) => this.target.full || !rekeyed.has(rowKey));
    const changing = new Set(writing.map(({ rowKey }) => rowKey));
    const writtenBefore = wanted.filter(
      ({ rowKey }) => !changing.has(rowKey) && this.earlier.written.has(rowKey),
    );
    const written = writing.length + writtenBefore.length;
    this.count('activity', {
      read: children.length,
      written,
      unchanged: children.length - written,
      removed: this.earlier.removedUnder(prefix, remove).length,
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
    this.hasWritten = true;
    await this.writer.claim();
    const { factory, syncRunId } = this.target;
    const removed = changes.flatMap(({ remove }) => remove);
    const names = await this.catalog.namesOf(this.target, factory, removed);
    const logged = toLoggedChanges(changes, names);
    if (logged.length > 0) await this.changes.record(this.target, syncRunId, factory, logged);
    await this.writer.writeRows(changes, this.at);
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

/**
 * A row that was stored with other rules of redaction is rewritten without a change. So is one that
 * was stored with another key (OtherVersions).
 */
const changeBetween = (before: string | undefined, now: string): Pick<RowPut, 'change'> =>
  before === undefined
    ? { change: 'added' }
    : before === now || !isCurrentVersion(before)
      ? {}
      : { change: 'changed' };

/** Begin of the row keys of the activities of a pipeline, from its row key. */
const childPrefix = (pipeline: string) => `activity|${pipeline.slice('pipeline|'.length)}|`;

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
