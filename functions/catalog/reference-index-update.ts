/** What one pass over a kind learns about who refers to what: collected while pages are written, saved once. */
import { extractEdges } from '../data-factory/edge-extraction';
import type { MirrorTarget } from './mirror-messages';
import type { ReferenceIndexStore } from './ports';
import { indexReferences, sameReferences, type IndexedReference } from './reference-index';
import type { Resource } from '../data-factory/resource';

export class ReferenceIndexUpdate {
  private readonly recorded = new Map<string, readonly IndexedReference[]>();

  constructor(
    private readonly target: MirrorTarget,
    private readonly store: ReferenceIndexStore,
  ) {}

  /** Before or after the resource is written; twice says the same. */
  record(rowKey: string, resource: Resource): void {
    this.recorded.set(rowKey, indexReferences(extractEdges(this.target.factory, resource)));
  }

  /** Before the etag map that tells of the same resources. Those that are gone are forgotten. */
  async save(isThere: (rowKey: string) => boolean): Promise<void> {
    const { factory, kind } = this.target;
    const stored = await this.store.load(this.target, factory, kind);
    const next = new Map(
      [...new Map([...stored, ...this.recorded])]
        .filter(([rowKey, referrals]) => isThere(rowKey) && referrals.length > 0)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    const same =
      next.size === stored.size &&
      [...next].every(([rowKey, referrals]) => sameReferences(referrals, stored.get(rowKey)));
    if (!same) await this.store.save(this.target, factory, kind, next);
  }
}
