/**
 * Failure scenarios that are specific to Data Factory: a list that fails at a page, a kind that is
 * forbidden, a continuation token that repeats, a factory that is missing for a while.
 */
import { z } from 'zod';
import { kindNames } from './factories/kinds';

const kind = z.enum(kindNames);
const common = {
  /** All factories by default. */
  factory: z.string().optional(),
  /** How many requests are hit before the scenario ends. Unlimited by default. */
  count: z.int().positive().optional(),
};
const list = { ...common, list: kind, page: z.int().positive().default(1) };

export const scenario = z.discriminatedUnion('scenario', [
  z.strictObject({
    scenario: z.literal('page-fails'),
    ...list,
    status: z.int().min(400).max(599).default(500),
  }),
  /** The list responds with 403, as for a caller without permission to read this kind. */
  z.strictObject({ scenario: z.literal('list-forbidden'), ...common, list: kind }),
  /** The nextLink of the page points to the same page. */
  z.strictObject({ scenario: z.literal('next-link-repeats'), ...list }),
  /** The nextLink of the page points to another host. */
  z.strictObject({
    scenario: z.literal('next-link-strays'),
    ...list,
    host: z.string().default('stray.example'),
  }),
  /** The page is empty, and its nextLink points to the missing items. */
  z.strictObject({ scenario: z.literal('page-empty'), ...list }),
  /** The first page of Resource Graph, or of the subscriptions, is empty and has a next page. */
  z.strictObject({
    scenario: z.literal('discovery-page-empty'),
    count: common.count,
    list: z.enum(['resource-graph', 'subscriptions']),
  }),
  /** Run queries return the continuation token of the request. */
  z.strictObject({ scenario: z.literal('continuation-repeats'), ...common }),
  z.strictObject({ scenario: z.literal('continuation-refused'), ...common }),
  /** All operations on the factory respond with 404. */
  z.strictObject({ scenario: z.literal('factory-vanishes'), ...common }),
  /** The factory is missing in Resource Graph and in lists of factories, but can be read. */
  z.strictObject({ scenario: z.literal('factory-undiscovered'), ...common }),
]);
export type Scenario = z.infer<typeof scenario>;
type Named<Name extends Scenario['scenario']> = Extract<Scenario, { scenario: Name }>;

export interface Scenarios {
  /** Applies defaults. Throws a ZodError if the input is not valid. */
  add(input: z.input<typeof scenario>): void;
  clear(): void;
  list(): readonly Scenario[];
  /** Returns the scenario that hits this request, if any, and counts the hit. */
  draw<Name extends Scenario['scenario']>(
    name: Name,
    factory: string | undefined,
    page?: Partial<PagePosition>,
  ): Named<Name> | undefined;
}

interface PagePosition {
  readonly list: string;
  readonly page: number;
}

export function createScenarios(): Scenarios {
  let active: { readonly rule: Scenario; remaining: number }[] = [];
  return {
    add(input) {
      const rule = scenario.parse(input);
      active.push({ rule, remaining: rule.count ?? Infinity });
    },
    clear: () => void (active = []),
    list: () => active.map(({ rule }) => rule),
    draw<Name extends Scenario['scenario']>(
      name: Name,
      factory: string | undefined,
      page?: Partial<PagePosition>,
    ) {
      const hit = active.find(
        ({ rule }) => rule.scenario === name && appliesTo(rule, factory) && isAt(rule, page),
      );
      if (hit && --hit.remaining <= 0) active = active.filter((each) => each !== hit);
      return hit?.rule as Named<Name> | undefined;
    },
  };
}

const appliesTo = (rule: Scenario, factory: string | undefined) =>
  !('factory' in rule) ||
  rule.factory === undefined ||
  rule.factory.toLowerCase() === factory?.toLowerCase();

function isAt(rule: Scenario, page: Partial<PagePosition> | undefined) {
  if ('list' in rule && rule.list !== page?.list) return false;
  return !('page' in rule) || rule.page === page?.page;
}
