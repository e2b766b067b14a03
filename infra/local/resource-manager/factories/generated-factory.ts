/** Generated factories of any size, for benches. Objects are created when read and not stored. */
import {
  credential,
  dataflow,
  dataset,
  globalParameters,
  integrationRuntime,
  linkedService,
  managedPrivateEndpoint,
  nameOf,
  pipeline,
  trigger,
} from './generated-objects';
import { isJson, type Json } from '../json';
import type { KindName } from './kinds';
import type { SourceFactory, SourceResource } from './source-factory';

export interface GeneratedFactory {
  readonly name: string;
  /** The sample subscription by default. Any other requires a role assignment. */
  readonly subscriptionId?: string;
  readonly pipelines?: number;
  /** Activities per pipeline; half of them are in a loop. */
  readonly activities?: number;
  readonly datasets?: number;
  readonly linkedServices?: number;
  readonly dataflows?: number;
  readonly triggers?: number;
  readonly integrationRuntimes?: number;
  readonly credentials?: number;
  /** All in one network. */
  readonly managedPrivateEndpoints?: number;
  /** Parameters of the one global parameters object. */
  readonly globalParameters?: number;
  /** Number of objects that differ from those of a factory generated without edits. */
  readonly edited?: number;
  /** False for a factory without run history. */
  readonly runs?: boolean;
}

export function generateFactory(options: GeneratedFactory): SourceFactory {
  const { name, subscriptionId, pipelines = 0, activities = 4, edited = 0, runs = true } = options;
  const { datasets = 0, linkedServices = 0, dataflows = 0, triggers = 0 } = options;
  const { integrationRuntimes = 0, credentials = 0, managedPrivateEndpoints = 0 } = options;
  const shape = { pipelines, activities, datasets: Math.max(1, datasets) };
  const resources = [
    ...generateMany('pipeline', pipelines, (number) => pipeline(number, shape)),
    ...generateMany('dataset', datasets, (number) => dataset(number, Math.max(1, linkedServices))),
    ...generateMany('linkedService', linkedServices, linkedService),
    ...generateMany('dataflow', dataflows, dataflow),
    ...generateMany('trigger', triggers, (number) => trigger(number, pipelines)),
    ...generateMany('integrationRuntime', integrationRuntimes, integrationRuntime),
    ...generateMany('credential', credentials, credential),
    ...generateMany('managedPrivateEndpoint', managedPrivateEndpoints, managedPrivateEndpoint),
  ];
  const parameters = options.globalParameters ?? 0;
  return {
    names: [name],
    folder: 'generated',
    declared: {
      name,
      location: 'westeurope',
      tags: { generated: 'true' },
      ...(subscriptionId && { id: `/subscriptions/${subscriptionId}/resourceGroups/rg-data/` }),
    },
    idle: !runs,
    resources: [
      ...editEvenly(resources, edited),
      ...generateMany('globalParameter', Math.min(1, parameters), () =>
        globalParameters(parameters),
      ),
    ],
  };
}

function generateMany(
  kind: KindName,
  length: number,
  properties: (number: number) => Json,
): SourceResource[] {
  return Array.from({ length }, (_, index) => ({
    kind,
    name: kind === 'globalParameter' ? 'default' : nameOf(kind, index + 1),
    get properties() {
      return properties(index + 1);
    },
    ...(kind === 'managedPrivateEndpoint' && { network: 'default' }),
  }));
}

/** Edits resources at even distances, so that all kinds and pages are affected. */
function editEvenly(
  resources: readonly SourceResource[],
  edited: number,
): readonly SourceResource[] {
  if (edited === 0) return resources;
  const chosen = new Set(
    Array.from({ length: edited }, (_, n) => Math.floor((n * resources.length) / edited)),
  );
  return resources.map((resource, index) =>
    chosen.has(index) ? editedCopyOf(resource) : resource,
  );
}

const editedCopyOf = (resource: SourceResource): SourceResource => ({
  ...resource,
  get properties() {
    const { properties } = resource;
    return { ...(isJson(properties) ? properties : {}), annotations: ['edited'] };
  },
});
