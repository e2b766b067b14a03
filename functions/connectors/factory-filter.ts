/** Decides which factories a connector syncs. Names are compared without case, as in Azure. */
import { z } from 'zod';
import type { TaggedFactory } from '../data-factory/resource';

const text = z.string().trim().min(1).max(256);

/** Matches a factory if every part that is set matches. */
const factoryRule = z
  .strictObject({
    subscriptionId: text.optional(),
    resourceGroup: text.optional(),
    factory: text.optional(),
    tag: z.strictObject({ name: text, value: z.string().max(256).optional() }).optional(),
  })
  .refine(
    (rule) => Object.values(rule).some((part) => part !== undefined),
    'must set at least one part',
  );
type FactoryRule = z.infer<typeof factoryRule>;

/** An empty `include` matches all factories. `exclude` takes precedence over `include`. */
export const factoryFilters = z.strictObject({
  include: z.array(factoryRule).max(100).default([]),
  exclude: z.array(factoryRule).max(100).default([]),
});
export type FactoryFilters = z.infer<typeof factoryFilters>;

export function matchesFilters(
  factory: TaggedFactory,
  filters: FactoryFilters | undefined,
): boolean {
  if (!filters) return true;
  const { include, exclude } = filters;
  if (exclude.some((rule) => matchesRule(rule, factory, false))) return false;
  return include.length === 0 || include.some((rule) => matchesRule(rule, factory, true));
}

/** `ifUntagged` applies if the tags of the factory are not known. In doubt a factory is synced. */
function matchesRule(rule: FactoryRule, factory: TaggedFactory, ifUntagged: boolean): boolean {
  return (
    isSame(rule.subscriptionId, factory.subscriptionId) &&
    isSame(rule.resourceGroup, factory.resourceGroup) &&
    isSame(rule.factory, factory.name) &&
    (rule.tag === undefined || (factory.tags ? hasTag(rule.tag, factory.tags) : ifUntagged))
  );
}

/** Names of tags are compared without case, values with case. */
const hasTag = (
  { name, value }: NonNullable<FactoryRule['tag']>,
  tags: Readonly<Record<string, string>>,
) =>
  Object.entries(tags).some(
    ([key, actual]) => isSame(name, key) && (value === undefined || value === actual),
  );

const isSame = (expected: string | undefined, actual: string) =>
  expected === undefined || expected.toLowerCase() === actual.toLowerCase();
