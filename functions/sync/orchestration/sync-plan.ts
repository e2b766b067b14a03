/**
 * The lists that a sync reads of each factory, and the number of factories that it reads
 * concurrently. Imported by orchestrators.
 */
import type { ListedKind } from '../../data-factory/resource';

/**
 * Factories whose lists are read concurrently: enough to use all requests that a connector may have
 * in flight.
 */
export const maxConcurrentFactories = 8;
/** Factories whose run history is read concurrently. Azure throttles run history first. */
export const maxConcurrentHistories = 2;

/** Kinds with a step each. Requests are sent in this order, so the longest lists come first. */
export const mirroredKinds: readonly ListedKind[] = [
  'pipeline',
  'dataset',
  'trigger',
  'linkedService',
  'dataFlow',
  'managedPrivateEndpoint',
  'factory',
  'globalParameter',
  'integrationRuntime',
  'credential',
  'managedVirtualNetwork',
  'changeDataCapture',
];
