/** Keeps ReferenceIndexStore's promises in memory; test/contracts holds it to them. */
import type { ReferenceIndexStore } from '../../functions/catalog/ports';
import type { ReferenceIndex } from '../../functions/catalog/reference-index';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { factoryHash } from '../../functions/data-factory/resource-id';

export interface FakeReferrals extends ReferenceIndexStore {
  /** How often something was saved. */
  saves: number;
}

export function fakeReferrals(): FakeReferrals {
  const kept = new Map<string, ReferenceIndex>();
  const prefix = ({ tenantId, connectorId }: ConnectorKey, factory: string) =>
    `${tenantId}|${connectorId}|${factory}|`;
  return {
    saves: 0,
    async load(connector, factory, kind) {
      return new Map(kept.get(`${prefix(connector, factoryHash(factory))}${kind}`));
    },
    async loadFactory(connector, factory) {
      const own = [...kept].filter(([key]) => key.startsWith(prefix(connector, factory)));
      return new Map(own.flatMap(([, referrals]) => [...referrals]));
    },
    async save(connector, factory, kind, all) {
      this.saves++;
      kept.set(`${prefix(connector, factoryHash(factory))}${kind}`, new Map(all));
    },
  };
}
