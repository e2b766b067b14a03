/**
 * Hides all resources of a factory, and records whether a factory was gone. Both may be repeated: what
 * an earlier attempt hid is in the change log of the sync run, and counts.
 */
import { mapConcurrently } from '../concurrency/map-concurrently';
import { listedKinds, resourceKind, type FactoryRef } from '../data-factory/resource';
import type { SyncRunKey } from '../storage/sync-run-key';
import { toLoggedChanges } from './change-log';
import { KindWriter, type KindTarget } from './mirror/kind-writer';
import { isMassRemoval } from './mass-removal';
import type { FactoryRemovalResult, MassRemoval, Quarantine } from './mirror/mirror-messages';
import type {
  CatalogStore,
  ChangeLog,
  EtagMapStore,
  ReferenceIndexStore,
  RowChange,
} from './ports';
import type { ReferenceIndex } from './reference-index';
import { addTally, type Tallies } from './tallies';

interface Target extends SyncRunKey {
  readonly factory: FactoryRef;
}

const maxConcurrentKinds = 4;

export class FactoryRemovalService {
  constructor(
    private readonly catalog: Pick<
      CatalogStore,
      'listHashes' | 'namesOf' | 'admitWriter' | 'dismissWriters' | 'write'
    >,
    private readonly referenceIndex: Pick<ReferenceIndexStore, 'load'>,
    private readonly etagMaps: EtagMapStore,
    private readonly changes: Pick<ChangeLog, 'record' | 'recorded'>,
    private readonly now: () => Date,
  ) {}

  /** The rows are hidden and the etag maps emptied. Quarantined rows wait for a confirmation. */
  async remove(
    target: Target & { readonly quarantine: Quarantine },
  ): Promise<FactoryRemovalResult> {
    const { factory, syncRunId, quarantine } = target;
    const recorded = await this.changes.recorded(target, syncRunId, factory);
    // All kinds are claimed before the rows are read, so that no other step adds rows.
    const writers = await mapConcurrently(listedKinds, maxConcurrentKinds, (kind) =>
      this.claim({ ...target, kind }),
    );
    const rows = await this.catalog.listHashes(target, factory, '');
    const hiddenBefore = [...recorded].filter(([, change]) => change === 'removed');
    const tallies = tallyOf(new Set([...hiddenBefore.map(([rowKey]) => rowKey), ...rows.keys()]));
    const massRemovals = massRemovalsOf(tallies, quarantine);
    const quarantined = Object.keys(massRemovals).length > 0;
    for (const [index, kind] of listedKinds.entries()) {
      const kinds = kind === 'pipeline' ? ['pipeline', 'activity'] : [kind];
      const remove = [...rows.keys()].filter((rowKey) => kinds.includes(rowKey.split('|')[0]!));
      const change = { put: [], remove, ...(quarantined && { quarantinedBy: syncRunId }) };
      await this.removeKind({ ...target, kind }, writers[index]!, change);
    }
    return { tallies, massRemovals };
  }

  async markGone({ isGone, ...target }: Target & { readonly isGone: boolean }): Promise<void> {
    await this.etagMaps.markGone(target, target.factory, isGone ? target.syncRunId : undefined);
  }

  private async claim(target: KindTarget): Promise<KindWriter> {
    const { factory, kind } = target;
    const { version } = await this.etagMaps.load(target, factory, kind);
    const writer = new KindWriter(target, version, this.etagMaps, this.catalog);
    await writer.claim();
    return writer;
  }

  /** Hides the rows, which include the activities of pipelines, and empties index and map. */
  private async removeKind(target: KindTarget, writer: KindWriter, change: RowChange) {
    const { factory, kind, syncRunId } = target;
    if (change.remove.length > 0) {
      const names = await this.catalog.namesOf(target, factory, change.remove);
      await this.changes.record(target, syncRunId, factory, toLoggedChanges([change], names));
      await writer.writeRows([change], this.now());
    }
    const references = await this.referenceIndex.load(target, factory, kind);
    const none: ReferenceIndex = new Map();
    await writer.saveMap({ entries: new Map() }, references.size > 0 ? none : undefined);
  }
}

const tallyOf = (rowKeys: ReadonlySet<string>): Tallies =>
  [...rowKeys].reduce<Tallies>((tallies, rowKey) => {
    const kind = resourceKind.parse(rowKey.split('|')[0]);
    return addTally(tallies, kind, { removed: 1 });
  }, {});

/** Of every kind that is removed. Activities are removed with their pipelines. */
function massRemovalsOf(tallies: Tallies, quarantine: Quarantine): Record<string, MassRemoval> {
  const { activity: _activity, ...kinds } = tallies;
  const all = Object.entries(kinds).map(([kind, { removed }]): [string, MassRemoval] => [
    kind,
    { removed, of: removed },
  ]);
  const isQuarantined =
    quarantine === 'always' ||
    (quarantine === 'if_mass_removal' &&
      all.some(([, { removed, of }]) => isMassRemoval(removed, of)));
  return isQuarantined ? Object.fromEntries(all) : {};
}
