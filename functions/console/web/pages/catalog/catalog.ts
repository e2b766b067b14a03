/** What pages say about resources. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';

export type Resource = ItemOf<'listResources'>;
export type DetailedResource = Output<'getResource'>;
export type Kind = Resource['kind'];
export type Edge = ItemOf<'listEdges'>;
export type End = Edge['source'];

/** Every kind of the API, or this does not compile. In the order in which people look for them. */
const listed: Readonly<Record<Kind, true>> = {
  pipeline: true,
  activity: true,
  dataset: true,
  linkedService: true,
  dataFlow: true,
  trigger: true,
  integrationRuntime: true,
  globalParameter: true,
  credential: true,
  managedVirtualNetwork: true,
  managedPrivateEndpoint: true,
  changeDataCapture: true,
  factory: true,
};
export const kinds = Object.keys(listed) as readonly Kind[];

export const resourcePath = (connectorId: string, resourceId: string): string =>
  `/catalog/${connectorId}/${encodeURIComponent(resourceId)}`;

/** Every word of the search occurs in the name, the type or the folder. */
export function matchesSearch(
  { name, type, folder, parent }: Pick<Resource, 'name' | 'type' | 'folder' | 'parent'>,
  search: string,
): boolean {
  const text = [name, type, folder, parent].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const authoringPaths: Partial<Readonly<Record<Kind, string>>> = {
  pipeline: 'authoring/pipeline',
  dataset: 'authoring/dataset',
  dataFlow: 'authoring/dataflow',
  trigger: 'management/trigger',
  linkedService: 'management/datalinkedservices',
  integrationRuntime: 'management/integrationruntimes',
  factory: 'home',
};

/** The page of Data Factory Studio, for kinds that have one. */
export function studioUrl({ kind, name, factory }: Resource): string | undefined {
  const path = authoringPaths[kind];
  if (path === undefined) return undefined;
  const page = path.startsWith('authoring') ? `${path}/${encodeURIComponent(name)}` : path;
  return `https://adf.azure.com/en/${page}?factory=${encodeURIComponent(factory.id)}`;
}

/** The relation from the view of a resource: `calls`, or `called by` in the other direction. */
export const relationLabels: Readonly<Record<Edge['kind'], readonly [out: string, into: string]>> =
  {
    contains: ['contains', 'contained in'],
    dependsOn: ['runs after', 'runs before'],
    calls: ['calls', 'called by'],
    usesDataset: ['uses dataset', 'used by'],
    usesDataFlow: ['uses data flow', 'used by'],
    usesLinkedService: ['uses linked service', 'used by'],
    usesIntegrationRuntime: ['runs on', 'runs'],
    usesCredential: ['uses credential', 'used by'],
    usesManagedVirtualNetwork: ['in network', 'network of'],
    usesParameter: ['uses parameter', 'used by'],
    triggers: ['triggers', 'triggered by'],
  };
