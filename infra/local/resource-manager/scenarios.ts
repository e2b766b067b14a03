/**
 * What goes wrong inside Data Factory's own answers, beyond the faults any server can have: a list that fails on
 * its second page, one kind that is forbidden, a token that repeats, a factory that is gone for a while.
 */
import { z } from 'zod';
import { kindNames } from './factories/kinds';

const kind = z.enum(kindNames);
const common = {
  /** Every factory when left out. */
  factory: z.string().optional(),
  /** How many requests are hit before the quirk is spent; endless when left out. */
  count: z.int().positive().optional(),
};
const list = { ...common, list: kind, page: z.int().positive().default(1) };

export const scenario = z.discriminatedUnion('scenario', [
  z.strictObject({
    scenario: z.literal('page-fails'),
    ...list,
    status: z.int().min(400).max(599).default(500),
  }),
  /** The list answers 403 as it does to somebody without the right to read this kind. */
  z.strictObject({ scenario: z.literal('list-forbidden'), ...common, list: kind }),
  /** The nextLink of the page is the page itself. */
  z.strictObject({ scenario: z.literal('next-link-repeats'), ...list }),
  /** The nextLink of the page leads to another host. */
  z.strictObject({
    scenario: z.literal('next-link-strays'),
    ...list,
    host: z.string().default('stray.example'),
  }),
  /** The page is empty, and its nextLink leads to what it should have held. */
  z.strictObject({ scenario: z.literal('page-empty'), ...list }),
  /** Run queries answer with the continuation token they were given. */
  z.strictObject({ scenario: z.literal('continuation-repeats'), ...common }),
  z.strictObject({ scenario: z.literal('continuation-refused'), ...common }),
  /** Not found, by any operation. */
  z.strictObject({ scenario: z.literal('factory-vanishes'), ...common }),
  /** Missing from Resource Graph and from the lists of factories, though it can be read. */
  z.strictObject({ scenario: z.literal('factory-undiscovered'), ...common }),
]);
export type Scenario = z.infer<typeof scenario>;
type Named<Name extends Scenario['scenario']> = Extract<Scenario, { scenario: Name }>;

export interface Scenarios {
  /** What is left out is filled in. Throws a ZodError when it is no quirk. */
  add(given: z.input<typeof scenario>): void;
  clear(): void;
  list(): readonly Scenario[];
  /** The quirk that hits this request, if any; counts as used. */
  draw<Name extends Scenario['scenario']>(
    name: Name,
    factory: string,
    page?: PagePosition,
  ): Named<Name> | undefined;
}

interface PagePosition {
  readonly list: string;
  readonly page: number;
}

export function createScenarios(): Scenarios {
  let active: { readonly rule: Scenario; left: number }[] = [];
  return {
    add(given) {
      const rule = scenario.parse(given);
      active.push({ rule, left: rule.count ?? Infinity });
    },
    clear: () => void (active = []),
    list: () => active.map(({ rule }) => rule),
    draw<Name extends Scenario['scenario']>(name: Name, factory: string, page?: PagePosition) {
      const hit = active.find(
        ({ rule }) => rule.scenario === name && concerns(rule, factory) && isAt(rule, page),
      );
      if (hit && --hit.left <= 0) active = active.filter((each) => each !== hit);
      return hit?.rule as Named<Name> | undefined;
    },
  };
}

const concerns = (rule: Scenario, factory: string) =>
  rule.factory === undefined || rule.factory.toLowerCase() === factory.toLowerCase();

function isAt(rule: Scenario, page: PagePosition | undefined) {
  if ('list' in rule && rule.list !== page?.list) return false;
  return !('page' in rule) || rule.page === page?.page;
}
