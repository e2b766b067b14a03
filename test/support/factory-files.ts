/** Factories in folders → resources and edges as a sync would find them, without a server in between. */
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import type { SourceFactory } from '../../infra/local/resource-manager/factories/source-factory';
import type { Edge } from '../../functions/data-factory/edge';
import { extractEdges } from '../../functions/data-factory/edge-extraction';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import type { ListedKind, Resource } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';

export interface ReadFactory {
  readonly folder: string;
  readonly resources: readonly Resource[];
  readonly edges: readonly Edge[];
}

const ref = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };

export async function factoriesIn(folder: string): Promise<ReadFactory[]> {
  return (await readFactories(folder)).map((source) => {
    const resources = resourcesIn(source);
    const edges = resources.flatMap((resource) => extractEdges(ref, resource));
    return { folder: source.folder, resources, edges };
  });
}

const resourcesIn = ({ resources }: SourceFactory): Resource[] =>
  resources.flatMap(({ kind, name, properties, network }) =>
    extractResources(
      kind === 'dataflow' ? 'dataFlow' : (kind as ListedKind),
      [{ name, properties: properties as Json }],
      network,
    ),
  );
