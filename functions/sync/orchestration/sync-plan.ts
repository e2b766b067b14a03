/**
 * The lists that a sync reads of each factory, and how it divides the factories. Imported by
 * orchestrators.
 */
import type { ListedKind } from '../../data-factory/resource';

/**
 * Factories whose lists are read concurrently: enough to use all requests that a connector may have
 * in flight.
 */
export const maxConcurrentFactories = 8;
/** Factories whose run history is read concurrently. Azure throttles run history first. */
export const maxConcurrentHistories = 2;
/** Steps that update derived data concurrently, each on one worker, and the least work of a step. */
export const maxConcurrentUpdates = 8;
export const factoriesPerUpdate = 25;

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

/** Durable suspends a paused run. Until it does, wait this long before the work is started again. */
export const pauseSeconds = 10;

/** Every n-th item to each of n lanes. No lane is empty. */
export const deal = <Item>(items: readonly Item[], maxLanes: number): (readonly Item[])[] =>
  Array.from({ length: Math.min(maxLanes, items.length) }, (_, lane) =>
    items.filter((_item, n) => n % maxLanes === lane),
  );
