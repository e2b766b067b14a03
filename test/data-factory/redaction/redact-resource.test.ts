import type { ListedKind } from '../../../functions/data-factory/resource';
import type { JsonObject } from '../../../functions/data-factory/json';
import {
  redacted,
  redactResource,
} from '../../../functions/data-factory/redaction/redact-resource';
import { readText, type Place } from '../../../functions/data-factory/redaction/text-reader';
import { harmlessResources, harmlessTexts } from './harmless-values';
import { canary, plant, plantedResources, plantedTexts, tokens } from './planted-secrets';

const places: readonly Place[] = ['open', 'code', 'url', 'connection', 'body', 'closed'];
const positions = (text: string): readonly (readonly [ListedKind, JsonObject])[] => [
  ['pipeline', { properties: { description: text, annotations: [text] } }],
  ['pipeline', { properties: { variables: { note: { type: 'String', defaultValue: text } } } }],
  [
    'pipeline',
    { properties: { activities: [{ typeProperties: { parameters: { note: text } } }] } },
  ],
  ['linkedService', { properties: { description: text, typeProperties: { server: text } } }],
];

describe('redactResource', () => {
  it.each(plantedResources)('hides %s', (_, kind, body) => {
    const result = JSON.stringify(redactResource(kind, plant(body)));

    expect(result).not.toContain(canary);
    expect(result).toContain(redacted);
  });

  it.each(plantedTexts)('hides the secret of %s', (text) => {
    for (const [kind, body] of positions(plant(text)))
      expect(JSON.stringify(redactResource(kind, body))).not.toContain(canary);
  });

  it.each(places.filter((place) => place !== 'connection'))(
    'reads its own result without a change as %s',
    (place) => {
      for (const text of [...plantedTexts.map((each) => plant(each)), ...harmlessTexts]) {
        const once = readText(text, place);

        expect(readText(once, place)).toBe(once);
      }
    },
  );

  it.each(places.filter((place) => place !== 'code'))(
    'hides planted secrets in texts read as %s',
    (place) => {
      const visible = plantedTexts
        .map((text) => readText(plant(text), place))
        .filter((text) => text.includes(canary));

      expect(visible).toEqual([]);
    },
  );

  it.each(tokens)('hides a token: %s', (_, token) => {
    const visible = [token, `use ${token} now`, `@concat('${token}', 'x')`, `a/${token}`]
      .map((text) => readText(text))
      .filter((text) => text.includes(token.slice(-12)) && !token.startsWith('-----'));

    expect(visible).toEqual([]);
  });
});

describe('harmless values', () => {
  it.each(harmlessTexts)('stay readable: %s', (text) => {
    const body: JsonObject = {
      properties: {
        description: text,
        parameters: { note: { type: 'String', defaultValue: text } },
        activities: [{ typeProperties: { anything: text, parameters: { note: text } } }],
      },
    };

    expect(redactResource('pipeline', body)).toBe(body);
  });

  it.each(harmlessResources)('stay readable: %s', (_, kind, body) => {
    expect(redactResource(kind, body)).toEqual(body);
  });
});
