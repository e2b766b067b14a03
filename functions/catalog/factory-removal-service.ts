/**
 * Hides all resources of a factory, and records whether a factory was gone. Both may be repeated: what
 * an earlier attempt hid is in the change log of the sync run, and counts.
 */
import { listedKinds, resourceKind, type FactoryRef } from '../data-factory/resource';
import type { SyncRunKey } from '../storage/sync-run-key';
import { toLoggedChanges } from './change-log';
import { isMassRemoval } from './mass-removal';
import type { FactoryRemovalResult, MassRemoval, Quarantine } from './mirror-messages';
import type { CatalogStore, ChangeLog, EtagMapStore, ReferenceIndexStore } from './ports';
import { addTally, type Tallies } from './tallies';

interface Target extends SyncRunKey {
  readonly factory: FactoryRef;
}

export class FactoryRemovalService {
  constructor(
    private readonly catalog: Pick<CatalogStore, 'listHashes' | 'write'>,
    private readonly referenceIndex: Pick<ReferenceIndexStore, 'load' | 'save'>,
    private readonly etagMaps: Pick<EtagMapStore, 'load' | 'save' | 'markGone'>,
    private readonly changes: Pick<ChangeLog, 'record' | 'recorded'>,
    private readonly now: () => Date,
  ) {}

  /** The rows are hidden and the etag maps emptied. Quarantined rows wait for a confirmation. */
  async remove(
    target: Target & { readonly quarantine: Quarantine },
  ): Promise<FactoryRemovalResult> {
    const { factory, syncRunId, quarantine } = target;
    const [rows, recorded] = await Promise.all([
      this.catalog.listHashes(target, factory, ''),
      this.changes.recorded(target, syncRunId, factory),
    ]);
    const hiddenBefore = [...recorded].filter(([, change]) => change === 'removed');
    const removed = new Set([...hiddenBefore.map(([rowKey]) => rowKey), ...rows.keys()]);
    const tallies = tallyOf(removed);
    const massRemovals = massRemovalsOf(tallies, quarantine);
    await this.hide(target, [...rows.keys()], Object.keys(massRemovals).length > 0);
    await this.clearMaps(target);
    return { tallies, massRemovals };
  }

  async markGone({ isGone, ...target }: Target & { readonly isGone: boolean }): Promise<void> {
    await this.etagMaps.markGone(target, target.factory, isGone ? target.syncRunId : undefined);
  }

  private async hide(target: Target, remove: readonly string[], quarantined: boolean) {
    const { factory, syncRunId } = target;
    if (remove.length === 0) return;
    const change = { put: [], remove, ...(quarantined && { quarantinedBy: syncRunId }) };
    await this.changes.record(target, syncRunId, factory, toLoggedChanges([change]));
    await this.catalog.write(target, factory, [change], this.now());
  }

  private async clearMaps(target: Target): Promise<void> {
    const { factory } = target;
    for (const kind of listedKinds) {
      const references = await this.referenceIndex.load(target, factory, kind);
      if (references.size > 0) await this.referenceIndex.save(target, factory, kind, new Map());
      const { entries, dirtySyncRunId } = await this.etagMaps.load(target, factory, kind);
      if (entries.size > 0 || dirtySyncRunId !== undefined)
        await this.etagMaps.save(target, factory, kind, { entries: new Map() });
    }
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
