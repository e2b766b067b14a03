/** What we know about factories, in Data Factory's own words. */
import { z } from 'zod';

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

/** A factory somewhere in a customer's subscriptions. ARM ids compare without case. */
export interface FactoryRef {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** JSON as it came from Data Factory, whatever it is. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** The ARM resource id of a factory, in the case given. */
export const factoryId = ({ subscriptionId, resourceGroup, name }: FactoryRef) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DataFactory/factories/${name}`;
