import * as fc from 'fast-check';
import {
  canonicalJson,
  isCurrentVersion,
  versionHash,
} from '../../../functions/data-factory/canonical-json';
import { extractEdges } from '../../../functions/data-factory/edge-extraction';
import type { Json, JsonObject } from '../../../functions/data-factory/json';
import type { ListedKind } from '../../../functions/data-factory/resource';
import { extractReferences } from '../../../functions/data-factory/references';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import { redactResource } from '../../../functions/data-factory/redaction/redact-resource';
import { redactionVersion } from '../../../functions/data-factory/redaction/redaction-version';
import { plant, plantedResources } from './planted-secrets';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };
const hash = versionHash('key');
const read = (kind: ListedKind, body: JsonObject) =>
  extractResources(
    kind,
    [kind === 'globalParameter' ? { name: 'default', properties: body } : { name: 'r', ...body }],
    undefined,
    hash,
  );
const globalsOf = (body: Json) =>
  [...extractReferences(body).globals.values()].map(({ name, pointers }) => [name, pointers]);

describe('evidence of references', () => {
  it.each([
    '@pipeline().globalParameters.env',
    "@concat('C4nary', pipeline().globalParameters.env, 'x')",
    '@{pipeline().globalParameters.env}C4nary',
    'broken @{pipeline().globalParameters.env C4nary',
    "@concat('unclosed, pipeline().globalParameters['env'], C4nary",
  ])('stays in places where literals are hidden: %s', (text) => {
    const body: JsonObject = {
      properties: { typeProperties: { anything: text, body: text, headers: { 'x-any': text } } },
    };

    const result = redactResource('linkedService', body);

    expect(globalsOf(result)).toEqual(globalsOf(body));
    expect(globalsOf(result)).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('C4nary');
  });

  it('does not contain secrets of parameters in edges', () => {
    const reference = {
      referenceName: 'd',
      type: 'DatasetReference',
      parameters: { token: 'C4nary-1', config: { pw: 'C4nary-2' }, table: 'Orders' },
    };
    const [resource] = extractResources('pipeline', [
      { name: 'p', properties: { activities: [{ name: 'a', type: 'Copy', inputs: [reference] }] } },
    ]);

    const edges = extractEdges(factory, resource!);

    expect(JSON.stringify(edges)).not.toContain('C4nary');
    expect(JSON.stringify(edges)).toContain('Orders');
  });
});

describe('versionHash', () => {
  it.each(plantedResources)('changes with %s', (_, kind, body) => {
    const [before] = read(kind, plant(body));
    const [after] = read(kind, plant(body, 'C4nary-0ther-value'));

    expect(JSON.stringify(after!.body)).toBe(JSON.stringify(before!.body));
    expect(after!.hash).not.toBe(before!.hash);
  });

  it('changes for an activity whose redacted value changed', () => {
    const pipeline = (password: string): Json => ({
      name: 'p',
      properties: {
        activities: [
          { name: 'a', type: 'Any', typeProperties: { password } },
          { name: 'b', type: 'Wait' },
        ],
      },
    });
    const [before] = extractResources('pipeline', [pipeline('one')], undefined, hash);
    const [after] = extractResources('pipeline', [pipeline('two')], undefined, hash);

    expect(
      after!.children!.map(({ hash: version }, n) => version === before!.children![n]!.hash),
    ).toEqual([false, true]);
  });

  it('differs by key and does not contain a plain digest', () => {
    const value = { password: 'C4nary' };

    expect(versionHash('other key')(value)).not.toBe(hash(value));
    expect(hash(value)).toMatch(/^\d+\.[\w-]{22}$/);
  });

  it('is equal for equal values in any order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());

        expect(hash(reversed as Json)).toBe(hash(value as Json));
        expect(canonicalJson(reversed as Json)).toBe(canonicalJson(value as Json));
      }),
    );
  });

  it('is current only with the version of the rules', () => {
    expect(isCurrentVersion(hash('x'))).toBe(true);
    expect(isCurrentVersion(`${redactionVersion - 1}.abc`)).toBe(false);
    expect(isCurrentVersion(`${redactionVersion}1.abc`)).toBe(false);
    expect(isCurrentVersion('')).toBe(false);
  });
});
