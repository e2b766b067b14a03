/** A factory and its resources, as Azure Resource Manager returns them. */
import { etagOf } from '../etag';
import { inner, isJson, type Json } from '../json';
import { factoryType, kinds, typeOf, type KindName } from './kinds';
import { createResourceList, type ResourceList } from './resource-list';
import { count, type Counts, type SourceFactory, type SourceResource } from './source-factory';

export interface FactoryRef {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

export interface Factory extends FactoryRef {
  readonly id: string;
  readonly folder: string;
  readonly counts: Counts;
  /** Whether the factory has no run history. */
  readonly idle: boolean;
  /** Sentences about resources that were left out. */
  readonly leftOut: readonly string[];
  readonly body: Json;
  resources(kind: KindName): readonly SourceResource[];
  list(kind: KindName, network?: string): ResourceList;
}

/** Another `etagVersion` changes all etags but no content. */
export function createFactory(ref: FactoryRef, source: SourceFactory, etagVersion = 0): Factory {
  const id = idOf(ref);
  const salt = etagVersion === 0 ? '' : `${etagVersion}:`;
  const lists = new Map<string, ResourceList>();
  const resources = (kind: KindName) => ofKind(source, kind);
  return {
    ...ref,
    id,
    folder: source.folder,
    counts: count(source),
    idle: source.idle ?? false,
    leftOut: source.leftOut ?? [],
    body: bodyOf(id, ref.name, source, salt),
    resources,
    list(kind, network) {
      const key = `${kind}/${network?.toLowerCase() ?? ''}`;
      const list = lists.get(key) ?? listOf(id, kind, resources(kind), salt, network);
      lists.set(key, list);
      return list;
    },
  };
}

export const idOf = ({ subscriptionId, resourceGroup, name }: FactoryRef): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${factoryType}/${name}`;

/** Includes networks that only private endpoints refer to. */
function ofKind({ resources }: SourceFactory, kind: KindName): readonly SourceResource[] {
  const own = resources.filter((resource) => resource.kind === kind);
  if (kind !== 'managedVirtualNetwork') return own;
  const known = new Set(own.map(({ name }) => name.toLowerCase()));
  const implied = resources.flatMap(({ network }) => network ?? []);
  return [
    ...own,
    ...[...new Set(implied)]
      .filter((name) => !known.has(name.toLowerCase()))
      .map((name) => ({ kind, name, properties: {} })),
  ];
}

function listOf(
  id: string,
  kind: KindName,
  resources: readonly SourceResource[],
  salt: string,
  network?: string,
): ResourceList {
  const { segment } = kinds[kind];
  const parent = network === undefined ? id : `${id}/managedVirtualNetworks/${network}`;
  const inNetwork = (own: string | undefined) => own?.toLowerCase() === network?.toLowerCase();
  const listed = resources
    .filter((resource) => network === undefined || inNetwork(resource.network))
    .map((resource) => ({
      id: `${parent}/${segment}/${resource.name}`,
      name: resource.name,
      type: typeOf(kind),
      // A getter, so that generated properties are created only when listed.
      get properties() {
        return resource.properties;
      },
    }));
  return createResourceList(listed, salt);
}

/** Properties come from the factory file, or are those of a new factory in Azure. */
function bodyOf(id: string, name: string, { declared }: SourceFactory, salt: string): Json {
  const properties = isJson(declared['properties']) ? declared['properties'] : defaultProperties;
  const { location, identity } = declared;
  const known = typeof location === 'string' && !location.startsWith('[');
  const body = {
    name,
    id,
    type: factoryType,
    ...(isJson(identity) && { identity }),
    location: known ? location : 'westeurope',
    tags: inner(declared, 'tags'),
    properties,
  };
  return { ...body, eTag: `"${etagOf(salt + JSON.stringify(body))}"` };
}

const defaultProperties = {
  provisioningState: 'Succeeded',
  createTime: '2024-01-15T08:00:00Z',
  version: '2018-06-01',
};
