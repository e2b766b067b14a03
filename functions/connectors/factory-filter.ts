/** Decides which factories a connector syncs. Names are compared without case, as in Azure. */
import { z } from 'zod';
import type { TaggedFactory } from '../data-factory/resource';

const text = (maxLength: number) => z.string().trim().min(1).max(maxLength);

/** Matches a factory if every part that is set matches. The lengths are limits of Azure. */
const factoryRule = z
  .strictObject({
    subscriptionId: text(36).optional(),
    resourceGroup: text(90).optional(),
    factory: text(63).optional(),
    tag: z.strictObject({ name: text(512), value: z.string().max(256).optional() }).optional(),
  })
  .refine(
    (rule) => Object.values(rule).some((part) => part !== undefined),
    'must set at least one part',
  );
type FactoryRule = z.infer<typeof factoryRule>;

/** Both lists together fit into a column of Table Storage, which holds 32,768 characters. */
const maxJsonLength = 15_000;
const rules = z
  .array(factoryRule)
  .max(100)
  .refine(
    (list) => JSON.stringify(list).length <= maxJsonLength,
    `must have at most ${maxJsonLength} characters of JSON`,
  )
  .describe(`At most ${maxJsonLength} characters of JSON.`);

/** An empty `include` matches all factories. `exclude` takes precedence over `include`. */
export const factoryFilters = z.strictObject({
  include: rules.default([]),
  exclude: rules.default([]),
});
/** A merge patch of the filters: a member that is absent stays, null empties it. */
export const factoryFiltersPatch = z.strictObject({
  include: rules.nullable().optional(),
  exclude: rules.nullable().optional(),
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

/** Whether a change of tags in Azure can change what the filters match. */
export const dependsOnTags = (filters: FactoryFilters | undefined): boolean =>
  [...(filters?.include ?? []), ...(filters?.exclude ?? [])].some(({ tag }) => tag !== undefined);

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
