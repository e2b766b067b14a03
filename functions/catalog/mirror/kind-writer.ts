/**
 * The only writer of one kind of a factory. Durable may run a step twice, minutes apart and over two
 * sync runs: the last step that claims the kind wins, and all writes of earlier ones fail.
 *
 * A step is first admitted to the rows. Then it replaces the version of the etag map that it has
 * loaded, which names the writers before it. Those were admitted before they could claim, so they
 * can be dismissed for good. Rows, reference index and etag map are then written on condition of
 * the claim.
 */
import { randomUUID } from 'node:crypto';
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { ClaimedVersion, EtagMap, MapVersion } from '../etag-map';
import type { CatalogStore, EtagMapStore, RowChange } from '../ports';
import type { ReferenceIndex } from '../reference-index';

export interface KindTarget extends SyncRunKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
}

export class KindWriter {
  private readonly writer = randomUUID();
  private claiming: Promise<ClaimedVersion> | undefined;

  constructor(
    private readonly target: KindTarget,
    private readonly loaded: MapVersion,
    private readonly etagMaps: Pick<EtagMapStore, 'claim' | 'save'>,
    private readonly catalog: Pick<CatalogStore, 'admitWriter' | 'dismissWriters' | 'write'>,
  ) {}

  /** Throws SupersededError, as all other methods do, if another step has claimed the kind. */
  async claim(): Promise<void> {
    await this.claimed();
  }

  async writeRows(changes: readonly RowChange[], at: Date): Promise<void> {
    const { kind, factory } = this.target;
    const { writer } = await this.claimed();
    await this.catalog.write(this.target, factory, changes, at, { kind, writer });
  }

  /**
   * Must follow all rows that map and references describe. The stored references stay if there are
   * none to save.
   */
  async saveMap(map: EtagMap, references?: ReferenceIndex): Promise<void> {
    const { kind, factory } = this.target;
    const claimed = await this.claimed();
    await this.etagMaps.save(this.target, factory, kind, map, claimed, references);
  }

  private claimed(): Promise<ClaimedVersion> {
    return (this.claiming ??= this.claimOnce());
  }

  private async claimOnce(): Promise<ClaimedVersion> {
    const { target, loaded, writer } = this;
    const { factory, kind, syncRunId } = target;
    await this.catalog.admitWriter(target, factory, { kind, writer });
    const claimed = await this.etagMaps
      .claim(target, factory, kind, syncRunId, loaded, writer)
      .catch(async (error: unknown) => {
        // This writer writes nothing, so its admission is only a row too many.
        await this.dismiss([writer]).catch(() => undefined);
        throw error;
      });
    await this.dismiss([loaded.writer ?? [], loaded.earlierWriters ?? []].flat());
    return claimed;
  }

  private async dismiss(writers: readonly string[]): Promise<void> {
    const { target } = this;
    const { factory, kind } = target;
    const dismissed = writers.map((writer) => ({ kind, writer }));
    await this.catalog.dismissWriters(target, factory, dismissed);
  }
}
