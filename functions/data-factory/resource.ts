/** What we know about factories, in Data Factory's own words. */
import { z } from 'zod';
import type { Json } from './json';
import type { Transformation } from './transformations';

export const resourceKind = z.enum([
  'factory',
  'pipeline',
  'activity',
  'dataset',
  'linkedService',
  'dataFlow',
  'trigger',
  'integrationRuntime',
  'globalParameter',
  'credential',
  'managedVirtualNetwork',
  'managedPrivateEndpoint',
  'changeDataCapture',
]);
export type ResourceKind = z.infer<typeof resourceKind>;

/** The kinds a factory has a list of; activities come with their pipeline. */
export type ListedKind = Exclude<ResourceKind, 'activity'>;
export const listedKinds = resourceKind.options.filter(
  (kind): kind is ListedKind => kind !== 'activity',
);

/** A factory somewhere in a customer's subscriptions. ARM ids compare without case. */
export interface FactoryRef {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** `tags` is absent if they are unknown because Azure did not return the factory. */
export type TaggedFactory = FactoryRef & { readonly tags?: Readonly<Record<string, string>> };

/** The ARM resource id of a factory, in the case given. */
export const factoryId = ({ subscriptionId, resourceGroup, name }: FactoryRef) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DataFactory/factories/${name}`;

/** The activity this one waits for, and with which outcomes. */
export interface Dependency {
  readonly activity: string;
  readonly conditions: readonly string[];
}

/** What a list shows of a resource. Absent means: Data Factory did not say. */
export interface ResourceSummary {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly type?: string;
  /** Of an activity its pipeline, of a private endpoint its virtual network. */
  readonly parent?: string;
  /** Of an activity: its way through the containers, `ForEach1/Copy1`. */
  readonly path?: string;
  readonly folder?: string;
  readonly annotations?: readonly string[];
  readonly state?: string;
  readonly dependsOn?: readonly Dependency[];
  /** Of a data flow. */
  readonly transformations?: readonly Transformation[];
  /** What was unexpected about the raw JSON. */
  readonly warnings?: readonly string[];
}

/** A resource ready to be stored: its body is redacted, its hash is taken from the redacted body. */
export interface Resource extends ResourceSummary {
  /** Data Factory's own version of the object, where it has one. */
  readonly sourceEtag?: string;
  readonly hash: string;
  readonly body: Json;
  /** The activities of a pipeline; a body of theirs is part of the pipeline's. */
  readonly children?: readonly Resource[];
}
