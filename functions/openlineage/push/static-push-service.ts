/** Sends the events of the units of a factory that differ from what was sent. */
import { createHash } from 'node:crypto';
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import { factoryHash } from '../../data-factory/resource-id';
import { unitKey, type LineageGraph } from '../../lineage/graph/lineage-graph';
import type { LineageUnit } from '../../lineage/lineage-unit';
import type { LineageStore } from '../../lineage/ports';
import { staticEventRules } from '../events/static-events';
import { isUsed, orderOf, type StaticEventsService } from '../events/static-events-service';
import type { PushSlice } from './push-slice';
import type { SentRecord } from './sent-record';

const unitsPerSave = 50;
export const maxConcurrentSends = 8;

export class StaticPushService {
  constructor(
    private readonly lineage: Pick<LineageStore, 'loadHead'>,
    private readonly events: StaticEventsService,
  ) {}

  /** True if everything is sent. */
  async push(slice: PushSlice, record: SentRecord): Promise<boolean> {
    const { connector, graph } = slice;
    const kinds = slice.receiver.kinds.filter((kind) => kind !== 'run');
    if (kinds.length === 0) return true;
    const hash = factoryHash(record.factory);
    const own = orderOf(graph).keys.filter((key) => key.startsWith(`${hash}|`));
    record.keepUnits((rowKey) => graph.units.has(unitKey(hash, rowKey)));
    const { versions } = await this.lineage.loadHead(connector, record.factory);
    const changed = own.flatMap((key) => {
      const { unit } = graph.units.get(key)!;
      const digest = digestOf(unit, graph, versions);
      return record.unit(unit.rowKey) === digest ? [] : [{ key, rowKey: unit.rowKey, digest }];
    });
    for (let at = 0; at < changed.length; at += unitsPerSave) {
      if (slice.isOver()) return false;
      try {
        await forEachConcurrently(
          changed.slice(at, at + unitsPerSave),
          maxConcurrentSends,
          async ({ key, rowKey, digest }) => {
            await slice.client.send(await this.events.eventsOf(connector, graph, key, { kinds }));
            record.setUnit(rowKey, digest);
          },
        );
      } finally {
        // Also what was sent before the receiver failed.
        await record.save();
      }
    }
    await record.save();
    return true;
  }
}

/** Changes with everything that the events of the unit are made of. */
function digestOf(
  unit: LineageUnit,
  { assets }: LineageGraph,
  versions: ReadonlyMap<string, string>,
): string {
  const { hash, activities, dependsOn } = unit;
  const names = unit.assets.map(({ id }) => {
    const { namespace, name, kind } = assets.get(id)!.asset;
    return [id, namespace, name, kind];
  });
  const used = dependsOn.filter(isUsed).map((rowKey) => versions.get(rowKey) ?? '');
  const parts = [staticEventRules, hash, activities, names, used];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}
