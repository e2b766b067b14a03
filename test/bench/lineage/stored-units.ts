/** Units of lineage as JSON texts in memory, since a store reads and writes JSON. */
import type { PackedHead } from '../../../functions/catalog/packed-units';
import type { LineageUnit } from '../../../functions/lineage/lineage-unit';
import type { LineageStore } from '../../../functions/lineage/ports';

export class StoredUnits implements LineageStore {
  private readonly buckets = new Map<number, string>();
  private head: PackedHead = { versions: new Map(), rules: 0 };
  private writes = 0;

  /** A store with the same content. */
  copy(): StoredUnits {
    const copy = new StoredUnits();
    for (const [number, text] of this.buckets) copy.buckets.set(number, text);
    copy.head = this.head;
    copy.writes = this.writes;
    return copy;
  }

  listFactories = async () => [];
  loadHead = async () => ({
    ...this.head,
    ...(this.writes > 0 && { etag: String(this.writes) }),
  });
  loadUnits = async () =>
    new Map([...this.buckets].map(([number, text]) => [number, JSON.parse(text) as LineageUnit[]]));

  save: LineageStore['save'] = async (_, __, head, buckets) => {
    for (const [number, units] of buckets) this.buckets.set(number, JSON.stringify(units));
    this.head = head;
    this.writes++;
  };
}
