/** Kinds of Data Factory resources with their git folder, path segment and ARM type. */
import { textOf } from '../json';

export const kinds = {
  pipeline: kind('pipelines', ['pipeline', 'pipelines']),
  dataset: kind('datasets', ['dataset', 'datasets']),
  linkedService: kind('linkedservices', ['linkedservice', 'linkedservices']),
  dataflow: kind('dataflows', ['dataflow', 'dataflows']),
  trigger: kind('triggers', ['trigger', 'triggers']),
  integrationRuntime: kind('integrationruntimes', ['integrationruntime', 'integrationruntimes']),
  globalParameter: kind('globalParameters', ['globalparameter', 'globalparameters']),
  credential: kind('credentials', ['credential', 'credentials']),
  managedVirtualNetwork: kind('managedVirtualNetworks', [
    'managedvirtualnetwork',
    'managedvirtualnetworks',
  ]),
  managedPrivateEndpoint: kind('managedPrivateEndpoints', [
    'managedprivateendpoint',
    'managedprivateendpoints',
  ]),
  changeDataCapture: kind('adfcdcs', ['changedatacapture', 'adfcdc', 'adfcdcs']),
} as const;

export type KindName = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as KindName[];

interface Kind {
  /** Segment in URLs and in the ARM type. */
  readonly segment: string;
  readonly folders: readonly string[];
}

function kind(segment: string, folders: readonly string[]): Kind {
  return { segment, folders };
}

const byFolder = new Map(
  kindNames.flatMap((name) => kinds[name].folders.map((folder) => [folder, name] as const)),
);
const bySegment = new Map(kindNames.map((name) => [kinds[name].segment.toLowerCase(), name]));

export const kindOfFolder = (folder: string): KindName | undefined =>
  byFolder.get(folder.toLowerCase());

/**
 * `Microsoft.DataFactory/factories/pipelines`, or the same under `Microsoft.Synapse/workspaces`.
 */
export function kindOfType(type: unknown): KindName | undefined {
  const [, segments] =
    /^Microsoft\.(?:DataFactory\/factories|Synapse\/workspaces)\/(.+)$/i.exec(textOf(type)) ?? [];
  return segments === undefined ? undefined : kindOfSegment(segments.split('/').at(-1)!);
}

const kindOfSegment = (segment: string): KindName | undefined =>
  bySegment.get(segment.toLowerCase());

export const factoryType = 'Microsoft.DataFactory/factories';

export const typeOf = (name: KindName): string =>
  name === 'managedPrivateEndpoint'
    ? `${factoryType}/${kinds.managedVirtualNetwork.segment}/${kinds[name].segment}`
    : `${factoryType}/${kinds[name].segment}`;
