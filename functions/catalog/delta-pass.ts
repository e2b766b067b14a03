/** One pass over one kind: compares each page with the etag map, writes what differs, remembers what it saw. */
import { setImmediate } from 'node:timers/promises';
import { toLoggedChanges, type LoggedChange } from './change-log';
import { matchesEtag, missingFrom, type EtagMap, type EtagEntry } from './etag-map';
import { extractResources, versionOf } from '../data-factory/resource-extraction';
import type { MassRemoval, MirrorTarget, ReportTally } from './mirror-messages';
import { addTally, type Tallies, type Tally } from './tallies';
import type { CatalogStore, EtagMapStore, RowChange, RowPut } from './ports';
import type { SourcePage } from '../data-factory/ports';
import type { ReferenceIndexUpdate } from './reference-index-update';
import type { Resource, ResourceKind } from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import { keyPart, rowKeyOf } from '../data-factory/resource-id';

/** More than this share of a kind, unless it is only a few objects. */
const massRemovalShare = 0.75;
const massRemovalMinCount = 5;
/** Of more of them one look at all activities is cheaper than one at those of each. */
const bulkLoadThreshold = 20;

export class DeltaPass {
  tallies: Tallies = {};
  /** Whether a row was written, so that the map must follow. */
  hasWritten = false;
  entries: Map<string, EtagEntry>;
  /** So much of this kind vanished at once that a person should look. */
  massRemoval: MassRemoval | undefined;
  /** Stored activities by pipeline, where all of them were looked at at once. */
  private activityHashes: ReadonlyMap<string, Map<string, string>> | undefined;
  private markingDirty: Promise<void> | undefined;

  constructor(
    private readonly target: MirrorTarget,
    private readonly map: EtagMap,
    private readonly catalog: CatalogStore,
    private readonly references: ReferenceIndexUpdate,
    private readonly maps: EtagMapStore,
    private readonly recordChanges: (changes: readonly LoggedChange[]) => Promise<void>,
    private readonly at: Date,
    private readonly report: ReportTally,
  ) {
    this.entries = map.entries;
  }

  /** After a pass that broke off only the rows themselves tell what is stored. */
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
        const goesOn =
          dirtySyncRunId === syncRunId && known?.hash === hash && known.syncRunId === syncRunId;
        return [rowKey, goesOn ? known : { hash }];
      }),
    );
  }

  /** Writes what the page changes. */
  async apply({ items, parent }: SourcePage): Promise<void> {
    // The request for the next page has been made; it should leave before this one keeps the processor busy.
    await setImmediate();
    const unknown = items.filter((raw) => this.target.full || !this.isUnchanged(raw, parent));
    const resources = extractResources(this.target.kind, unknown, parent);
    const changes = await Promise.all(resources.map((resource) => this.changeOf(resource)));
    await this.write(changes.filter((change) => change !== undefined));
  }

  /** Whether an object still has the etag it was last seen with: then nobody needs to read it. */
  private isUnchanged(raw: Json, parent: string | undefined): boolean {
    const version = versionOf(raw);
    if (!version) return false;
    const rowKey = rowKeyOf(this.target.kind, version.name, parent);
    const known = this.entries.get(rowKey);
    if (known === undefined || !matchesEtag(known, version.etag)) return false;
    this.entries.set(rowKey, { ...known, syncRunId: this.target.syncRunId });
    this.countUnchanged(known.children);
    return true;
  }

  /** Removes what a list read to its end did not show, pipelines with their activities. */
  async removeMissing(): Promise<void> {
    const { kind, syncRunId, factory } = this.target;
    const gone = missingFrom(syncRunId, this);
    if (gone.length > 0) this.count(kind, { removed: gone.length });
    // What a sweep that broke off has hidden already stands in the map it could not save any more.
    const known = new Set([...this.map.entries.keys(), ...this.entries.keys()]);
    const vanished = [...known].filter(
      (rowKey) => this.entries.get(rowKey)?.syncRunId !== syncRunId,
    ).length;
    const alarming = vanished >= massRemovalMinCount && vanished > massRemovalShare * known.size;
    if (alarming) this.massRemoval = { removed: vanished, of: known.size };
    const held = alarming ? { quarantinedBy: syncRunId } : {};
    if (kind === 'pipeline' && gone.length > bulkLoadThreshold)
      this.activityHashes ??= byPipeline(
        await this.catalog.listHashes(this.target, factory, 'activity|'),
      );
    const changes = await Promise.all(
      gone.map(async (rowKey): Promise<RowChange> => {
        if (kind !== 'pipeline') return { put: [], remove: [rowKey], ...held };
        const prefix = `activity|${rowKey.slice('pipeline|'.length)}|`;
        const children = [...(await this.storedChildren(prefix, true)).keys()];
        this.count('activity', { removed: children.length });
        return { put: [], remove: [...children, rowKey], ...held };
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

  /** Activities by difference: those that are new or changed, and those that are no more. */
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
      .filter(({ change }) => this.target.full || change !== undefined);
    const kept = new Set(wanted.map(({ rowKey }) => rowKey));
    const remove = [...existing.keys()].filter((rowKey) => !kept.has(rowKey));
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
    await (this.markingDirty ??= this.maps.markDirty(this.target, factory, kind, syncRunId));
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

const changeBetween = (before: string | undefined, now: string): Pick<RowPut, 'change'> =>
  before === undefined ? { change: 'added' } : before === now ? {} : { change: 'changed' };

/** `activity|{pipeline}|{path}` → under `activity|{pipeline}|`. */
function byPipeline(hashes: ReadonlyMap<string, string>): Map<string, Map<string, string>> {
  const grouped = new Map<string, Map<string, string>>();
  for (const [rowKey, hash] of hashes) {
    const prefix = rowKey.slice(0, rowKey.lastIndexOf('|') + 1);
    const group = grouped.get(prefix) ?? new Map<string, string>();
    grouped.set(prefix, group.set(rowKey, hash));
  }
  return grouped;
}
