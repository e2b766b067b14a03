/** Stores an etag map as a step does: it loads, claims and saves the map. */
import type { EtagMap } from '../../functions/catalog/etag-map';
import type { EtagMapStore } from '../../functions/catalog/ports';
import type { FactoryRef, ListedKind } from '../../functions/data-factory/resource';
import type { ConnectorKey } from '../../functions/storage/connector-key';

export async function storeMap(
  maps: EtagMapStore,
  connector: ConnectorKey,
  factory: FactoryRef,
  kind: ListedKind,
  map: EtagMap,
): Promise<void> {
  const { version } = await maps.load(connector, factory, kind);
  const claimed = await maps.claim(connector, factory, kind, 'any-run', version);
  await maps.save(connector, factory, kind, map, claimed);
}
