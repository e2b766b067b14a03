/** Generated factories of a given size, with the mix of kinds of real factories. */
import type { GeneratedFactory } from '../../infra/local/resource-manager/factories/generated-factory';
import { kindNames } from '../../infra/local/resource-manager/factories/kinds';
import type { FactoryEntry } from '../../infra/local/resource-manager/resource-manager';

export type Contents = Omit<GeneratedFactory, 'name'>;

/**
 * Objects per kind among 4,142 objects of 21 real factories. The first three and the sum are
 * counts, the others are estimated shares of the rest. Their pipelines have 6.3 activities on
 * average.
 */
const observedCounts = {
  pipelines: 1_642,
  datasets: 1_789,
  triggers: 249,
  linkedServices: 280,
  dataflows: 122,
  integrationRuntimes: 25,
  managedPrivateEndpoints: 20,
  credentials: 14,
  globalParameters: 1,
} as const;
const observedObjects = 4_142;

/** Activities per pipeline, besides a loop and some calls. */
const activities = 5;

/** Every kind with its share, and at least one object of each. */
export function mixed(objects: number): Contents {
  const shares = Object.entries(observedCounts).map(([kind, count]) => [
    kind,
    Math.max(1, Math.round((count * objects) / observedObjects)),
  ]);
  return {
    ...(Object.fromEntries(shares) as Record<keyof typeof observedCounts, number>),
    activities,
  };
}

/** Most activities per object, and one long chain of pages that cannot be read in parallel. */
export const pipelinesFirst = (objects: number): Contents => ({
  ...mixed(100),
  pipelines: objects - 60,
});

/**
 * Number of objects in all lists, including the factories. Activities are part of their pipelines.
 */
export const objectsIn = (factories: readonly FactoryEntry[]): number =>
  factories.reduce(
    (total, { counts }) => total + kindNames.reduce((sum, kind) => sum + counts[kind], 1),
    0,
  );
