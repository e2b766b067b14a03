/** Which of the factories that Azure shows a connector is about. Names compare without case, as Azure's do. */
import { z } from 'zod';
import type { TaggedFactory } from '../data-factory/resource';

const text = z.string().trim().min(1).max(256);

/** Every part that is given must fit. */
export const factoryRule = z
  .strictObject({
    subscriptionId: text.optional(),
    resourceGroup: text.optional(),
    factory: text.optional(),
    tag: z.strictObject({ name: text, value: z.string().max(256).optional() }).optional(),
  })
  .refine((rule) => Object.values(rule).some((part) => part !== undefined), 'must name something');
export type FactoryRule = z.infer<typeof factoryRule>;

/** Without `include` everything is included; what is excluded is out whatever includes it. */
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
  if (exclude.some((rule) => fits(rule, factory, false))) return false;
  return include.length === 0 || include.some((rule) => fits(rule, factory, true));
}

/** `unknown` decides about tags that nobody knows: in doubt a factory stays. */
function fits(rule: FactoryRule, factory: TaggedFactory, unknown: boolean): boolean {
  return (
    isSame(rule.subscriptionId, factory.subscriptionId) &&
    isSame(rule.resourceGroup, factory.resourceGroup) &&
    isSame(rule.factory, factory.name) &&
    (rule.tag === undefined || (factory.tags ? hasTag(rule.tag, factory.tags) : unknown))
  );
}

/** Names of tags compare without case, their values with it. */
const hasTag = (
  { name, value }: NonNullable<FactoryRule['tag']>,
  tags: Readonly<Record<string, string>>,
) =>
  Object.entries(tags).some(
    ([key, held]) => isSame(name, key) && (value === undefined || value === held),
  );

const isSame = (wanted: string | undefined, held: string) =>
  wanted === undefined || wanted.toLowerCase() === held.toLowerCase();
