/** Sizes of all input are bounded by the schemas, so that every accepted body can be stored. */
import { z } from 'zod';
import { endpoints } from '../../functions/endpoints';
import type { Endpoint } from '../../functions/http/endpoint';
import { callEndpoint } from '../support/call-endpoint';

type Schema = Readonly<Record<string, unknown>>;
const declared = Object.entries<Endpoint>(endpoints);

/** Paths of values whose size the schema does not bound. */
function unbounded(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, maxLength, maxItems, format } = schema as Schema;
  const bounded = 'enum' in schema || 'const' in schema || format === 'uuid';
  const own =
    (type === 'string' && maxLength === undefined && !bounded) ||
    (type === 'array' && maxItems === undefined) ||
    (type === 'object' && !('properties' in schema) && !('maxProperties' in schema));
  const nested = Object.entries(schema).flatMap(([key, part]) => unbounded(part, `${at}/${key}`));
  return own ? [at, ...nested] : nested;
}

describe.each(declared)('input of %s', (_name, { body, query, params }) => {
  it('is bounded by its schemas', () => {
    const found = Object.entries({ body, query, params }).flatMap(([part, schema]) =>
      schema ? unbounded(z.toJSONSchema(schema as z.ZodType, { io: 'input' }), part) : [],
    );

    expect(found).toEqual([]);
  });
});

const patches = declared.filter(([, { mediaType }]) => mediaType?.includes('merge-patch'));

describe.each(patches)('merge patch of %s', (_name, { body }) => {
  it('neither requires members nor sets defaults', () => {
    const text = JSON.stringify(z.toJSONSchema(body as z.ZodType, { io: 'input' }));
    const { properties } = JSON.parse(text) as { properties: Record<string, Schema> };
    const objects = Object.values(properties).flatMap((schema) =>
      ((schema['anyOf'] as Schema[] | undefined) ?? [schema]).filter(
        ({ type }) => type === 'object',
      ),
    );

    expect(JSON.parse(text)).not.toHaveProperty('required');
    for (const object of objects) {
      expect(object).not.toHaveProperty('required');
      expect(JSON.stringify(object['properties'])).not.toContain('"default"');
    }
  });
});

describe('a problem', () => {
  it('lists at most 50 unknown fields', async () => {
    const body = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n}`, n]));

    const { status, json } = await callEndpoint('createConnector', { body });

    expect(status).toBe(400);
    expect(json.errors).toHaveLength(50);
  });

  it('lists at most 50 violations of a list', async () => {
    const include = Array.from({ length: 100 }, () => ({ factory: 7, resourceGroup: 7 }));

    const { status, json } = await callEndpoint('updateConnector', {
      params: { connectorId: 'c1' },
      headers: { 'if-match': '*' },
      body: { filters: { include } },
    });

    expect(status).toBe(400);
    expect(json.errors).toHaveLength(50);
  });
});
