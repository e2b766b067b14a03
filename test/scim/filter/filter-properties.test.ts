/** Random filters: printed ones decide as a model does, random texts give a ScimError at most. */
import fc from 'fast-check';
import { matches } from '../../../functions/scim/filter/evaluate';
import type { Attributes } from '../../../functions/scim/resource';
import { filterFor, outcomeOf, outcomes } from '../support/resources';

type Model =
  | { readonly kind: 'and' | 'or'; readonly all: readonly Model[] }
  | { readonly kind: 'not'; readonly one: Model }
  | { readonly kind: 'compare'; readonly name: string; readonly op: string; readonly value: string }
  | { readonly kind: 'email'; readonly type: string; readonly value: string };

const names = ['userName', 'title', 'nickName'] as const;
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', 'B', '"', '\\', ']', '(', ')', 'é', ' '),
  maxLength: 3,
});
const compare = fc.record({
  kind: fc.constant('compare' as const),
  name: fc.constantFrom(...names),
  op: fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
  value: text,
});
const email = fc.record({
  kind: fc.constant('email' as const),
  type: fc.constantFrom('work', 'home'),
  value: text,
});
const { filter } = fc.letrec<{ filter: Model }>((tie) => {
  const operands = fc.array(tie('filter'), { minLength: 2, maxLength: 3 });
  return {
    filter: fc.oneof(
      { depthSize: 'small' },
      compare,
      email,
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), all: operands }),
      fc.record({ kind: fc.constant('not' as const), one: tie('filter') }),
    ),
  };
});

/** Operands of `or` inside `and` need parentheses; all others may have them. */
function print(model: Model, redundant: boolean): string {
  switch (model.kind) {
    case 'compare':
      return `${model.name} ${model.op} ${JSON.stringify(model.value)}`;
    case 'email':
      return `emails[type eq "${model.type}" and value co ${JSON.stringify(model.value)}]`;
    case 'not':
      return `not (${print(model.one, redundant)})`;
    case 'and':
    case 'or':
      return model.all
        .map((one) => {
          const needed = model.kind === 'and' && one.kind === 'or';
          return needed || redundant ? `(${print(one, redundant)})` : print(one, redundant);
        })
        .join(` ${model.kind} `);
  }
}

interface Person {
  readonly userName: string;
  readonly title?: string;
  readonly emails: readonly { readonly type: string; readonly value: string }[];
}

function decide(model: Model, person: Person): boolean {
  switch (model.kind) {
    case 'and':
      return model.all.every((one) => decide(one, person));
    case 'or':
      return model.all.some((one) => decide(one, person));
    case 'not':
      return !decide(model.one, person);
    case 'email':
      return person.emails.some(
        ({ type, value }) =>
          type === model.type && value.toLowerCase().includes(model.value.toLowerCase()),
      );
    case 'compare': {
      const found = (person as unknown as Record<string, string | undefined>)[model.name];
      if (found === undefined) return model.op === 'ne';
      const [a, b] = [found.toLowerCase(), model.value.toLowerCase()];
      const results: Readonly<Record<string, boolean>> = {
        eq: a === b,
        ne: a !== b,
        co: a.includes(b),
        sw: a.startsWith(b),
        ew: a.endsWith(b),
        gt: a > b,
        ge: a >= b,
        lt: a < b,
        le: a <= b,
      };
      return results[model.op]!;
    }
  }
}

const person = fc.record(
  {
    userName: text,
    title: text,
    emails: fc.array(fc.record({ type: fc.constantFrom('work', 'home'), value: text }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['userName', 'emails'] },
);

const pieces = ['userName', 'emails', 'eq', 'pr', 'and', 'or', 'not', '(', ')', '[', ']', '"', '"a"', '\\', ' ', '.', ':', 'urn:ietf:params:scim:schemas:core:2.0:User', '__proto__', 'null', 'true', '1', '-', '\ud800', '\u0000']; // prettier-ignore

describe('a filter', () => {
  it('decides as its model, with and without redundant parentheses', () => {
    fc.assert(
      fc.property(filter, person, fc.boolean(), (model, one, redundant) => {
        const printed = print(model, redundant);
        fc.pre(printed.length <= 4_096);

        const parsed = filterFor(printed);

        expect(matches(parsed, one as unknown as Attributes)).toBe(decide(model, one));
      }),
      { numRuns: 500 },
    );
  });

  it('of any text is parsed or refused', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join('')),
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(anyText, fc.constantFrom('strict', 'entra', 'okta'), (given, profile) => {
        const outcome = outcomeOf(() => matches(filterFor(given, profile), { userName: 'a' }));

        expect(outcomes).toContain(outcome);
      }),
      { numRuns: 1_000 },
    );
  });
});
