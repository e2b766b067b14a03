/** In-memory ReferenceIndexStore. The contract tests hold it to the behaviour of the adapter. */
import type { ReferenceIndexStore } from '../../functions/catalog/ports';
import type { ReferenceIndex } from '../../functions/catalog/reference-index';
import type { FactoryRef, ListedKind } from '../../functions/data-factory/resource';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { factoryHash } from '../../functions/data-factory/resource-id';

export interface FakeReferenceIndexStore extends ReferenceIndexStore {
  /** Number of saves. */
  saves: number;
  /** Called by the fake of the store of etag maps. */
  replace(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    index: ReferenceIndex,
  ): void;
}

export function fakeReferenceIndexStore(): FakeReferenceIndexStore {
  const indexes = new Map<string, ReferenceIndex>();
  const prefix = ({ tenantId, connectorId }: ConnectorKey, factory: string) =>
    `${tenantId}|${connectorId}|${factory}|`;
  return {
    saves: 0,
    async load(connector, factory, kind) {
      return new Map(indexes.get(`${prefix(connector, factoryHash(factory))}${kind}`));
    },
    async loadFactory(connector, factory) {
      const own = [...indexes].filter(([key]) => key.startsWith(prefix(connector, factory)));
      return new Map(own.flatMap(([, references]) => [...references]));
    },
    replace(connector, factory, kind, all) {
      this.saves++;
      indexes.set(`${prefix(connector, factoryHash(factory))}${kind}`, new Map(all));
    },
  };
}
