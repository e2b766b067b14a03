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

export const quirk = z.discriminatedUnion('quirk', [
  z.strictObject({
    quirk: z.literal('page-fails'),
    ...list,
    status: z.int().min(400).max(599).default(500),
  }),
  /** The list answers 403 as it does to somebody without the right to read this kind. */
  z.strictObject({ quirk: z.literal('list-forbidden'), ...common, list: kind }),
  /** The nextLink of the page is the page itself. */
  z.strictObject({ quirk: z.literal('next-link-repeats'), ...list }),
  /** The nextLink of the page leads to another host. */
  z.strictObject({
    quirk: z.literal('next-link-strays'),
    ...list,
    host: z.string().default('stray.example'),
  }),
  /** The page is empty, and its nextLink leads to what it should have held. */
  z.strictObject({ quirk: z.literal('page-empty'), ...list }),
  /** Run queries answer with the continuation token they were given. */
  z.strictObject({ quirk: z.literal('continuation-repeats'), ...common }),
  z.strictObject({ quirk: z.literal('continuation-refused'), ...common }),
  /** Not found, by any operation. */
  z.strictObject({ quirk: z.literal('factory-vanishes'), ...common }),
  /** Missing from Resource Graph and from the lists of factories, though it can be read. */
  z.strictObject({ quirk: z.literal('factory-undiscovered'), ...common }),
]);
export type Quirk = z.infer<typeof quirk>;
type Named<Name extends Quirk['quirk']> = Extract<Quirk, { quirk: Name }>;

export interface Quirks {
  /** What is left out is filled in. Throws a ZodError when it is no quirk. */
  add(given: z.input<typeof quirk>): void;
  clear(): void;
  list(): readonly Quirk[];
  /** The quirk that hits this request, if any; counts as used. */
  draw<Name extends Quirk['quirk']>(
    name: Name,
    factory: string,
    page?: At,
  ): Named<Name> | undefined;
}

interface At {
  readonly list: string;
  readonly page: number;
}

export function createQuirks(): Quirks {
  let active: { readonly rule: Quirk; left: number }[] = [];
  return {
    add(given) {
      const rule = quirk.parse(given);
      active.push({ rule, left: rule.count ?? Infinity });
    },
    clear: () => void (active = []),
    list: () => active.map(({ rule }) => rule),
    draw<Name extends Quirk['quirk']>(name: Name, factory: string, page?: At) {
      const hit = active.find(
        ({ rule }) => rule.quirk === name && concerns(rule, factory) && isAt(rule, page),
      );
      if (hit && --hit.left <= 0) active = active.filter((each) => each !== hit);
      return hit?.rule as Named<Name> | undefined;
    },
  };
}

const concerns = (rule: Quirk, factory: string) =>
  rule.factory === undefined || rule.factory.toLowerCase() === factory.toLowerCase();

function isAt(rule: Quirk, page: At | undefined) {
  if ('list' in rule && rule.list !== page?.list) return false;
  return !('page' in rule) || rule.page === page?.page;
}
