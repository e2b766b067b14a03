/** Random patches: applied like a model, idempotent, and a ScimError at most for any JSON. */
import fc from 'fast-check';
import { applyPatch } from '../../../functions/scim/patch/apply-patch';
import { parsePatch } from '../../../functions/scim/patch/patch-request';
import { parseNewResource } from '../../../functions/scim/parse-resource';
import { parseBody } from '../../../functions/scim/body';
import { parseBulk } from '../../../functions/scim/bulk/bulk-request';
import { parseSearchRequest } from '../../../functions/scim/query/list-query';
import type { JsonObject, JsonValue } from '../../../functions/scim/json';
import { profileNames, profiles } from '../../../functions/scim/profile';
import type { Attributes } from '../../../functions/scim/resource';
import { groupType, resourceTypes, userType } from '../../../functions/scim/schema/resource-type';
import { babs, enterprise, outcomeOf, outcomes, patchBody, patchUser } from '../support/resources';

const simple = ['title', 'nickName', 'name.givenName', `${enterprise}:department`] as const;
const text = fc.constantFrom('a', 'b', 'c');
const operation = fc.oneof(
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    path: fc.constantFrom(...simple),
    value: text,
  }),
  fc.record({ op: fc.constant('remove'), path: fc.constantFrom(...simple) }),
);

/** Simple attributes by path: the last operation on a path decides. */
function model(operations: readonly { op: string; path: string; value?: string }[]) {
  const values = new Map<string, string>();
  for (const { op, path, value } of operations)
    if (op === 'remove') values.delete(path);
    else values.set(path, value!);
  return values;
}

function valueAt(attributes: Attributes, path: string): unknown {
  if (path.startsWith(enterprise))
    return (attributes[enterprise] as Attributes | undefined)?.['department'];
  if (path === 'name.givenName')
    return (attributes['name'] as Attributes | undefined)?.['givenName'];
  return attributes[path];
}

const keys = ['op', 'path', 'value', 'Operations', 'schemas', 'userName', 'emails', 'members', 'active', 'name', 'roles', 'manager', enterprise, '__proto__', 'constructor', 'type', 'primary', '$ref', 'id', 'meta', 'method', 'bulkId', 'data', 'filter', 'count', 'cursor']; // prettier-ignore
const leaves = ['add', 'remove', 'replace', 'POST', '/Users', 'bulkId:a', 'emails[type eq "work"].value', 'members', 'name.givenName', 'roles', '', 'True', '{"value":"x"}', 'userName pr', '__proto__.x', 'constructor[a eq 1]']; // prettier-ignore
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...leaves),
      fc.constantFrom<JsonValue>(null, true, false, 0, 1, -1, 1.5, 1e300),
      fc.string(),
    ),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('applyPatch', () => {
  it('lets the last operation on a path decide', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 8 }), (operations) => {
        const expected = model(operations);

        const { attributes } = patchUser(operations, 'strict', { userName: 'u' });

        for (const path of simple) expect(valueAt(attributes, path)).toBe(expected.get(path));
      }),
    );
  });

  it('changes nothing when the same patch is repeated', () => {
    const more = fc.oneof(
      operation,
      fc.record({
        op: fc.constantFrom('add', 'replace'),
        path: fc.constantFrom('emails', 'emails[type eq "work"].value', 'phoneNumbers[type eq "fax"].value'), // prettier-ignore
        value: text,
      }),
    );
    fc.assert(
      fc.property(more, (one) => {
        const once = patchUser([one], 'okta', babs);
        const twice = patchUser([one], 'okta', once.attributes);

        expect(twice.changes).toEqual([]);
        expect(twice.attributes).toEqual(once.attributes);
      }),
    );
  });

  it('leaves the stored attributes alone for any JSON', () => {
    const before = structuredClone(babs);
    fc.assert(
      fc.property(
        fc.array(json, { maxLength: 3 }),
        fc.constantFrom(...profileNames),
        (list, name) => {
          const outcome = outcomeOf(() => {
            const body = { ...patchBody(), Operations: list } as JsonObject;
            const parsed = parsePatch(body, userType, profiles[name]);
            return applyPatch(userType, parsed, { id: 'x', attributes: babs }, profiles[name]);
          });

          expect(outcomes).toContain(outcome);
          expect(babs).toEqual(before);
        },
      ),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('accepts or refuses any operation of its form', () => {
    const form = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace'),
        path: fc.constantFrom(...leaves, 'emails', 'name', 'active', 'password', 'schemas', enterprise, `${enterprise}:manager`), // prettier-ignore
        value: json,
      },
      { requiredKeys: ['op'] },
    );
    fc.assert(
      fc.property(form, fc.constantFrom(...profileNames), (one, name) => {
        expect(outcomes).toContain(outcomeOf(() => patchUser([one], name)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the parsers of bodies', () => {
  it('accept or refuse any JSON', () => {
    const body = fc.dictionary(fc.constantFrom(...keys), json, { noNullPrototype: true });
    fc.assert(
      fc.property(body, fc.constantFrom(...profileNames), (given, name) => {
        const profile = profiles[name];

        const found = [
          outcomeOf(() => parseNewResource(userType, given, profile)),
          outcomeOf(() => parseNewResource(groupType, given, profile)),
          outcomeOf(() => parseBulk(given, profile)),
          outcomeOf(() => parseSearchRequest(given, resourceTypes, profile)),
        ];

        expect(outcomes).toEqual(expect.arrayContaining(found));
      }),
      { numRuns: 500 },
    );
  });

  it('accept or refuse any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(outcomes).toContain(outcomeOf(() => parseBody(bytes)));
      }),
      { numRuns: 500 },
    );
  });
});
