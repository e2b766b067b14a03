/**
 * What a sync reads of each factory, and how many factories it reads at once. Imported by
 * orchestrators.
 */
import type { ListedKind } from '../../data-factory/resource';

/**
 * Factories whose lists are read at once: enough to use all requests a connector may have in
 * flight.
 */
export const maxConcurrentFactories = 8;
/** Factories whose run history is read at once. Azure throttles run history first. */
export const maxConcurrentHistories = 2;

/** One step each. Longest lists first, because eight requests at a time are sent in this order. */
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
