/** Resources of a factory, in Data Factory's own terms. */
import { z } from 'zod';
import type { ActivityAtPath } from './activities';
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

/** Kinds with a list of their own. Activities are part of their pipeline. */
export type ListedKind = Exclude<ResourceKind, 'activity'>;
export const listedKinds = resourceKind.options.filter(
  (kind): kind is ListedKind => kind !== 'activity',
);

/** A factory in a customer's subscription. ARM ids are compared without case. */
export interface FactoryRef {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** `tags` is absent if they are unknown because Azure did not return the factory. */
export type TaggedFactory = FactoryRef & { readonly tags?: Readonly<Record<string, string>> };

/** ARM resource id of a factory, in the given case. */
export const factoryId = ({ subscriptionId, resourceGroup, name }: FactoryRef) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DataFactory/factories/${name}`;

/** The activity that an activity waits for, and the outcomes that it accepts. */
export interface Dependency {
  readonly activity: string;
  readonly conditions: readonly string[];
}

/** A resource as lists show it. A property is absent if it is not in the JSON of Data Factory. */
export interface ResourceSummary {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly type?: string;
  /** Pipeline of an activity, or virtual network of a private endpoint. */
  readonly parent?: string;
  /** Path of an activity through its containers: `ForEach1/Copy1`. */
  readonly path?: string;
  readonly folder?: string;
  readonly annotations?: readonly string[];
  readonly state?: string;
  readonly dependsOn?: readonly Dependency[];
  /** Only for data flows. */
  readonly transformations?: readonly Transformation[];
  /** Unexpected properties of the raw JSON. */
  readonly warnings?: readonly string[];
}

/**
 * A resource to be stored. The body is redacted. The hash is that of the JSON before redaction.
 */
export interface Resource extends ResourceSummary {
  /** Data Factory's etag of the object, if it has one. */
  readonly sourceEtag?: string;
  readonly hash: string;
  readonly body: Json;
  /** Activities of a pipeline, to be stored as rows of their own. */
  readonly children?: readonly Resource[];
  /** Activities of a pipeline with their positions in the body, extracted once for all readers. */
  readonly activities?: readonly ActivityAtPath[];
}
