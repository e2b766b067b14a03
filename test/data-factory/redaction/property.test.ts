import * as fc from 'fast-check';
import type { Json, JsonObject } from '../../../functions/data-factory/json';
import type { ListedKind } from '../../../functions/data-factory/resource';
import { redactResource } from '../../../functions/data-factory/redaction/redact-resource';
import { canary, plant, plantedTexts } from './planted-secrets';

const secretNames = [
  'password',
  'apiKey',
  'client_secret',
  'sasToken',
  'Pass',
  'pw',
  'Kennwort',
  'contraseña',
  'mot de passe',
  'senha',
  '密码',
];
const harmlessKeys = [
  'name',
  'options',
  'settings',
  'items',
  'source',
  'sink',
  'config',
  'value',
  'a',
];

const secretText = fc.constantFrom(...plantedTexts.map((text) => plant(text)));
/** A value in which the canary is a secret in any surrounding object. */
const secretValue: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom(...secretNames).map((name) => ({ [name]: canary })),
  fc.constantFrom(...secretNames).map((name) => ({ name, value: canary })),
  fc.constantFrom(...secretNames).map((name) => ({ [name]: { deep: [canary, { more: canary }] } })),
  fc
    .constantFrom(...secretNames)
    .map((name) => ({ [name]: { value: `@concat('${canary}', item().a)`, type: 'Expression' } })),
  secretText.map((text) => ({ text })),
  secretText.map((text) => ({ list: ['a', text] })),
  fc.constant({ any: { type: 'SecureString', value: canary } }),
  fc.constant({ headers: { 'x-any': canary }, body: { x: [canary] } }),
  fc.constant({ url: `https://h.example.com/?any=${canary}` }),
  fc.constant({ parameters: { token: { type: 'String', defaultValue: canary } } }),
);
const wrapped: fc.Arbitrary<Json> = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    secretValue as fc.Arbitrary<Json>,
    fc
      .tuple(fc.constantFrom(...harmlessKeys), tie('node'))
      .map(([key, node]) => ({ [key]: node, type: 'Any' })),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node;
const kinds: readonly ListedKind[] = [
  'pipeline',
  'dataset',
  'linkedService',
  'trigger',
  'dataFlow',
  'integrationRuntime',
  'credential',
  'factory',
  'changeDataCapture',
];
const resource = fc.record({
  kind: fc.constantFrom(...kinds),
  body: wrapped.map((typeProperties): JsonObject => ({
    name: 'r',
    properties: { type: 'Any', typeProperties },
  })),
});

describe('redactResource', () => {
  it('hides a canary in every position of a generated resource', () => {
    fc.assert(
      fc.property(resource, ({ kind, body }) => {
        expect(JSON.stringify(redactResource(kind, body))).not.toContain(canary);
      }),
      { numRuns: 2_000 },
    );
  });

  it('hides every literal in unknown settings of a linked service', () => {
    const settings = fc.dictionary(
      fc.stringMatching(/^x[a-zA-Z]{0,12}$/),
      fc.stringMatching(/^[a-z0-9]{6}[a-z0-9 ;=,&@-]{0,20}$/),
      { minKeys: 1 },
    );

    fc.assert(
      fc.property(settings, (typeProperties) => {
        const result = redactResource('linkedService', { properties: { typeProperties } });

        for (const value of Object.values(typeProperties))
          expect(JSON.stringify(result)).not.toContain(JSON.stringify(value));
      }),
    );
  });

  it('changes nothing when it reads its own result', () => {
    fc.assert(
      fc.property(resource, ({ kind, body }) => {
        const once = redactResource(kind, body);

        expect(redactResource(kind, once)).toEqual(once);
      }),
    );
  });

  it('keeps keys and the lengths of lists', () => {
    fc.assert(
      fc.property(resource, ({ kind, body }) => {
        expect(shapeOf(redactResource(kind, body))).toEqual(shapeOf(body));
      }),
    );
  });
});

const shapeOf = (value: Json): Json =>
  Array.isArray(value)
    ? value.map(shapeOf)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
      : null;
