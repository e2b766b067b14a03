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

  it.each([
    [`password=${canary}`, 'utf8'],
    [`{"connection":{"pwd":"${canary}"}}`, 'utf8'],
    [`loader:${canary}`, 'utf8'],
    [`$pw = "${canary}"; Connect-Service -Password $pw`, 'utf16le'],
  ] as const)('hides %s in base64', (text, encoding) => {
    const encoded = Buffer.from(text, encoding).toString('base64');

    expect(readText(`tool -e ${encoded}`)).toBe(`tool -e ${redacted}`);
  });

  it.each([
    [
      ['--pin', '4711'],
      ['--pin', redacted],
    ],
    [
      ['-u', 'loader', '-p', 'Tulip2024'],
      ['-u', 'loader', '-p', redacted],
    ],
    [
      ['-u', 'loader', '-p', '8080'],
      ['-u', 'loader', '-p', '8080'],
    ],
  ])('reads arguments %j as %j', (list, expected) => {
    const body = { properties: { parameters: { items: { type: 'Array', defaultValue: list } } } };

    expect(redactResource('pipeline', body)).toEqual({
      properties: { parameters: { items: { type: 'Array', defaultValue: expected } } },
    });
  });

  it.each([
    ['tool --pin 4711', `tool --pin ${redacted}`],
    ['the PIN is 7712', `the PIN is ${redacted}`],
    ['otp 771212', `otp ${redacted}`],
    ['tool --spin 4711', 'tool --spin 4711'],
    ['SGVsbG8gd29ybGQsIGdvb2QgZGF5', 'SGVsbG8gd29ybGQsIGdvb2QgZGF5'],
    ['Пароль храним в Key Vault', 'Пароль храним в Key Vault'],
  ])('reads %s as %s', (text, expected) => {
    expect(readText(text)).toBe(expected);
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
