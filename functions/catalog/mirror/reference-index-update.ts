/** Update of the reference index by one delta pass. Collects references while pages are written. */
import { extractEdges } from '../../data-factory/edge-extraction';
import type { Resource } from '../../data-factory/resource';
import type { MirrorTarget } from './mirror-messages';
import type { ReferenceIndexStore } from '../ports';
import {
  indexReferences,
  sameReferences,
  type IndexedReference,
  type ReferenceIndex,
} from '../reference-index';

export class ReferenceIndexUpdate {
  private readonly recorded = new Map<string, readonly IndexedReference[]>();

  constructor(
    private readonly target: MirrorTarget,
    private readonly store: Pick<ReferenceIndexStore, 'load'>,
    /** A kind without an etag map has no index: the map is claimed first, and both are forgotten together. */
    private readonly isNew: boolean,
  ) {}

  /** Idempotent. The order relative to writing the resource does not matter. */
  record(rowKey: string, resource: Resource): void {
    this.recorded.set(rowKey, indexReferences(extractEdges(this.target.factory, resource)));
  }

  /** The index without documents that do not exist. Undefined if it is as stored. */
  async changed(exists: (rowKey: string) => boolean): Promise<ReferenceIndex | undefined> {
    const { factory, kind } = this.target;
    const stored: ReferenceIndex = this.isNew
      ? new Map()
      : await this.store.load(this.target, factory, kind);
    const next = new Map(
      [...new Map([...stored, ...this.recorded])]
        .filter(([rowKey, references]) => exists(rowKey) && references.length > 0)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    const same =
      next.size === stored.size &&
      [...next].every(([rowKey, references]) => sameReferences(references, stored.get(rowKey)));
    return same ? undefined : next;
  }
}
