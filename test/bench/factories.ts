/** The factories that are measured with: as large as asked for, and mixed as real ones are. */
import type { GeneratedFactory } from '../../infra/local/resource-manager/factories/generated-factory';
import { kindNames } from '../../infra/local/resource-manager/factories/kinds';
import type { FactoryEntry } from '../../infra/local/resource-manager/resource-manager';

export type Contents = Omit<GeneratedFactory, 'name'>;

/**
 * Objects of each kind among 4,142 in 21 real factories. The first three and the sum are counted, the others are
 * shares of what is left. Their pipelines have 6.3 activities.
 */
const counted = {
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
const countedObjects = 4_142;

/** Copies beside their loop, and now and then a call. */
const activities = 5;

/** Every kind, each with its share; at least one of the rare ones. */
export function mixed(objects: number): Contents {
  const shares = Object.entries(counted).map(([kind, count]) => [
    kind,
    Math.max(1, Math.round((count * objects) / countedObjects)),
  ]);
  return { ...(Object.fromEntries(shares) as Record<keyof typeof counted, number>), activities };
}

/** The most activities, and one long chain of pages that nothing can be read beside. */
export const pipelinesFirst = (objects: number): Contents => ({
  ...mixed(100),
  pipelines: objects - 60,
});

/** In all lists, with the factory itself; activities are part of their pipelines. */
export const objectsIn = (factories: readonly FactoryEntry[]): number =>
  factories.reduce(
    (total, { counts }) => total + kindNames.reduce((sum, kind) => sum + counts[kind], 1),
    0,
  );
