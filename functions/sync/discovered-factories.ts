/**
 * Joins the factories that Azure lists with those that the catalog knows. A known factory that Azure
 * does not list is read all the same, because discovery may be late or incomplete.
 */
import { isMassRemoval } from '../catalog/mass-removal';
import type { KnownFactory } from '../catalog/ports';
import { dependsOnTags, matchesFilters, type FactoryFilters } from '../connectors/factory-filter';
import { factoryId, type FactoryRef, type TaggedFactory } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { DiscoveredFactory } from './orchestration/step-messages';

export interface Discovered {
  /** Sorted by lower-case id, so that pages stay stable when factories are added or removed. */
  readonly factories: readonly DiscoveredFactory[];
  /**
   * Azure lists so few of the known factories, or shows so few of the tags that the filters need,
   * that discovery may be incomplete.
   */
  readonly inDoubt: boolean;
}

export function discoveredFactories(
  listed: readonly TaggedFactory[],
  known: readonly KnownFactory[],
  filters: FactoryFilters | undefined,
): Discovered {
  const byHash = new Map(known.map((each) => [each.hash, each]));
  const listedHashes = new Set(listed.map(factoryHash));
  const stored = new Set(known.flatMap(({ hash, objects }) => (objects > 0 ? [hash] : [])));
  const unlisted = known.filter((each) => !listedHashes.has(each.hash) && mayBeRead(each));
  const factories = [
    ...unlisted.map((each): DiscoveredFactory => {
      if (!matchesFilters(each.factory, filters)) return filteredOut(each, filters);
      return { ...each.factory, ...evidenceOf(each), unlisted: true };
    }),
    ...listed.flatMap(({ tags, ...factory }): DiscoveredFactory[] => {
      const found = byHash.get(factoryHash(factory));
      if (matchesFilters({ ...factory, ...(tags && { tags }) }, filters))
        return [{ ...factory, ...evidenceOf(found) }];
      return found && mayBeRead(found) ? [filteredOut({ ...found, factory }, filters)] : [];
    }),
  ];
  const doubtful = factories.filter(
    (each) => (each.unlisted || each.filteredByTags) && stored.has(factoryHash(each)),
  );
  return { factories: sorted(factories), inDoubt: isMassRemoval(doubtful.length, stored.size) };
}

/** The factories that a retry names, with what the catalog knows of them. */
export function retriedFactories(
  named: readonly FactoryRef[],
  known: readonly KnownFactory[],
): Discovered {
  const byHash = new Map(known.map((each) => [each.hash, each]));
  const factories = named.map((each): DiscoveredFactory => {
    return { ...each, ...evidenceOf(byHash.get(factoryHash(each))) };
  });
  return { factories: sorted(factories), inDoubt: false };
}

/** Readers may still see a factory whose rows are hidden: in lineage and search, until these are updated. */
const mayBeRead = ({ objects, derivedIsStale }: KnownFactory): boolean =>
  objects > 0 || derivedIsStale === true;

const staleness = (known: KnownFactory | undefined) =>
  known?.derivedIsStale ? { derivedIsStale: known.derivedIsStale } : {};

const evidenceOf = (known: KnownFactory | undefined) => ({
  ...(known && known.objects > 0 && { expectedObjects: known.objects }),
  ...(known?.goneSinceRun !== undefined && { goneSinceRun: known.goneSinceRun }),
  ...staleness(known),
});

const filteredOut = (
  known: KnownFactory,
  filters: FactoryFilters | undefined,
): DiscoveredFactory => ({
  ...known.factory,
  ...staleness(known),
  filteredOut: true,
  ...(dependsOnTags(filters) && { filteredByTags: true }),
});

const idOf = (factory: FactoryRef) => factoryId(factory).toLowerCase();

const sorted = (factories: readonly DiscoveredFactory[]) =>
  [...new Map(factories.map((each) => [idOf(each), each])).values()].toSorted((one, other) =>
    idOf(one) < idOf(other) ? -1 : 1,
  );
