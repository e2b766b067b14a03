/**
 * The only writer of one kind of a factory. Durable may run a step twice, minutes apart and over two
 * sync runs: the last step that claims the kind wins, and all writes of earlier ones fail.
 *
 * A claim has three parts. It replaces the version of the etag map that the step has loaded, admits
 * the step to the rows in place of the writer before it, and checks that no other claim came between.
 * Rows, reference index and etag map are then written on condition of the claim.
 */
import type { FactoryRef, ListedKind } from '../data-factory/resource';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { EtagMap, MapVersion } from './etag-map';
import type { CatalogStore, EtagMapStore, ReferenceIndexStore, RowChange } from './ports';
import type { ReferenceIndex } from './reference-index';
import { superseded } from './superseded';

export interface KindTarget extends SyncRunKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
}

export class KindWriter {
  private claiming: Promise<void> | undefined;
  private version: Required<MapVersion> | undefined;

  constructor(
    private readonly target: KindTarget,
    private readonly loaded: MapVersion,
    private readonly etagMaps: Pick<EtagMapStore, 'claim' | 'isCurrent' | 'save'>,
    private readonly catalog: Pick<CatalogStore, 'admitWriter' | 'write'>,
    private readonly references: Pick<ReferenceIndexStore, 'save'>,
  ) {}

  /** Throws SupersededError, as all other methods do, if another step has claimed the kind. */
  claim(): Promise<void> {
    return (this.claiming ??= this.claimOnce());
  }

  async writeRows(changes: readonly RowChange[], at: Date): Promise<void> {
    const { kind, factory } = this.target;
    const { writer } = await this.claimed();
    await this.catalog.write(this.target, factory, changes, at, { kind, writer });
  }

  async saveReferences(index: ReferenceIndex): Promise<void> {
    const { kind, factory } = this.target;
    const claimed = await this.claimed();
    this.version = await this.references.save(this.target, factory, kind, index, claimed);
  }

  /** Must follow all rows and references that the map describes. */
  async saveMap(map: EtagMap): Promise<void> {
    const { kind, factory } = this.target;
    await this.etagMaps.save(this.target, factory, kind, map, await this.claimed());
  }

  private async claimed(): Promise<Required<MapVersion>> {
    await this.claim();
    return this.version!;
  }

  private async claimOnce(): Promise<void> {
    const { target, loaded } = this;
    const { factory, kind, syncRunId } = target;
    const version = await this.etagMaps.claim(target, factory, kind, syncRunId, loaded);
    const { writer } = version;
    await this.catalog.admitWriter(target, factory, { kind, writer }, loaded.writer);
    // A writer that claimed after this one could not remove the admission before it existed.
    if (!(await this.etagMaps.isCurrent(target, factory, kind, version))) throw superseded();
    this.version = version;
  }
}
