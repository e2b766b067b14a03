/** A factory as read from files, without id, etags and pages. */
import { extractActivities } from './activities';
import type { Json } from '../json';
import { kindNames, type KindName } from './kinds';

export interface SourceResource {
  readonly kind: KindName;
  readonly name: string;
  /** Exactly as in the file. */
  readonly properties: unknown;
  /** The managed virtual network of a private endpoint. */
  readonly network?: string;
}

export interface SourceFactory {
  /** Possible names, the best first. */
  readonly names: readonly string[];
  /** Folder or template that it was read from. */
  readonly folder: string;
  /** Content of the factory file: properties, identity, location, tags and possibly id. */
  readonly declared: Json;
  /** Whether the factory has no run history. */
  readonly idle?: boolean;
  readonly resources: readonly SourceResource[];
  /** Sentences about what was left out or renamed, because names are taken. */
  readonly leftOut?: readonly string[];
}

export type Counts = Readonly<Record<KindName | 'activities' | 'nestedActivities', number>>;

export function count({ resources }: Pick<SourceFactory, 'resources'>): Counts {
  const activities = resources
    .filter(({ kind }) => kind === 'pipeline')
    .flatMap(({ properties }) => [...extractActivities(properties)]);
  const perKind = kindNames.map((kind) => [
    kind,
    resources.filter((resource) => resource.kind === kind).length,
  ]);
  return {
    ...(Object.fromEntries(perKind) as Record<KindName, number>),
    activities: activities.length,
    nestedActivities: activities.filter(({ depth }) => depth > 0).length,
  };
}
