/** The OpenAPI document is complete, consistent and correct about roles. */
import Ajv from 'ajv/dist/2020';
import type { z } from 'zod';
import { endpoints } from '../functions/endpoints';
import { allProblemTypes } from '../functions/errors/all-problem-types';
import { violationCodes } from '../functions/errors/app-error';
import type { Endpoint } from '../functions/http/endpoint';
import { openApi } from '../functions/http/openapi/openapi';
import { callEndpoint } from './support/call-endpoint';

const document = openApi(endpoints);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(document as object, 'openapi');

describe('OpenAPI document', () => {
  it('lists every endpoint once under its name', async () => {
    const { json } = await callEndpoint('getOpenApi');

    expect(json.openapi).toBe('3.1.0');
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      Object.keys(endpoints).toSorted(),
    );
  });

  it('is cached by its ETag', async () => {
    const { headers } = await callEndpoint('getOpenApi');

    const again = await callEndpoint('getOpenApi', {
      headers: { 'if-none-match': headers['ETag']! },
    });

    expect(headers['Cache-Control']).toBe('public, max-age=300');
    expect(again.status).toBe(304);
    expect(again.body).toBeUndefined();
  });

  it('refers only to schemas that exist', () => {
    for (const name of Object.keys(document.components.schemas))
      expect(() => ajv.compile({ $ref: `openapi#/components/schemas/${name}` })).not.toThrow();
  });

  it('has no schema that is only a reference to itself', () => {
    const selfReferences = Object.entries(document.components.schemas).filter(
      ([name, schema]) => schema['$ref'] === `#/components/schemas/${name}`,
    );

    expect(selfReferences).toEqual([]);
  });

  it.each(operations)('declares the path parameters of $operationId', ({ path, parameters }) => {
    const inPath = parameters.filter((parameter) => parameter['in'] === 'path');

    expect(inPath.map(({ name }) => `{${String(name)}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
  });

  it.each(operations)('documents a problem for $operationId', ({ responses }) => {
    expect(Object.keys(responses['default']!.content!)).toEqual(['application/problem+json']);
  });

  it.each(operations)('describes each parameter of $operationId', ({ parameters }) => {
    const undescribed = parameters.filter(({ description }) => !description);

    expect(undescribed).toEqual([]);
  });

  it.each(operations)('puts $operationId under one subject', ({ tags }) => {
    expect(tags).toHaveLength(1);
    expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
  });

  it('has an operation for each subject', () => {
    const used = new Set(operations.flatMap(({ tags }) => tags));

    expect(document.tags.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  it('names the address of the server', () => {
    const { servers } = openApi(endpoints, 'https://api.contoso.com');

    expect(servers).toEqual([{ url: 'https://api.contoso.com' }]);
  });

  it('states required roles as data', () => {
    const withRoles = operations.map((operation) => [
      operation.operationId,
      operation['x-required-roles'],
    ]);
    const declared = Object.entries<Endpoint>(endpoints).map(([name, { allow }]) => [
      name,
      Array.isArray(allow) ? allow : undefined,
    ]);

    expect(Object.fromEntries(withRoles)).toEqual(Object.fromEntries(declared));
  });

  it('lists every code of a problem', () => {
    const { code } = document.components.schemas['Problem']!['properties'] as Record<
      string,
      { readonly enum: string[] }
    >;

    expect(code!.enum).toEqual([...allProblemTypes.keys()]);
  });

  it.each(Object.entries<Endpoint>(endpoints).filter(([, { body }]) => body))(
    'has an example that %s accepts',
    (_name, { body, example }) => {
      expect(example).toBeDefined();
      expect((body as z.ZodType).safeParse(example).error).toBeUndefined();
    },
  );

  it.each(returnedSchemas())('has a valid example of %s', (name) => {
    const { examples = [] } = document.components.schemas[name] as { examples?: unknown[] };
    const validate = ajv.getSchema(`openapi#/components/schemas/${name}`)!;

    const isValid = validate(examples[0]);

    expect(examples).toHaveLength(1);
    expect([isValid, validate.errors]).toEqual([true, null]);
  });

  it.each(Object.entries<Endpoint>(endpoints).filter(([, { etag }]) => etag))(
    'has a member etag in the body of %s',
    (name) => {
      const { responses } = operations.find(({ operationId }) => operationId === name)!;
      const [, response] = Object.entries(responses).find(([status]) => status.startsWith('2'))!;

      expect(membersOf(response.content!['application/json']!.schema)).toContain('etag');
    },
  );

  it('requires a token for all operations but these', () => {
    const open = operations.filter(({ security }) => security.length === 0);

    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual([
      'confirmOAuth',
      'getHealth',
      'getOpenApi',
      'getProblemType',
      'getReadiness',
      'getResourceMetadata',
      'oauthCallback',
      'oauthCallbackFormPost',
      'showConfirmation',
      'startOAuth',
    ]);
  });

  it('documents a closed set of violation codes', () => {
    const { code } = document.components.schemas['Violation']!['properties'] as Record<
      string,
      { readonly enum: string[]; readonly description: string }
    >;

    expect(code!.enum).toEqual(Object.keys(violationCodes));
    for (const each of code!.enum) expect(code!.description).toContain(`${each}: `);
  });

  it('marks fields for secrets as write-only', () => {
    const text = JSON.stringify(document.paths['/api/connectors/{connectorId}/credentials']);

    expect(text).toContain('"clientSecret":{"title"');
    expect(text).toMatch(/"clientSecret":\{[^}]*"writeOnly":true/);
  });
});

/** Schemas that operations return, alone or as the items of a list. */
function returnedSchemas(): string[] {
  interface Returned {
    readonly $ref?: string;
    readonly properties?: { readonly items?: { readonly items?: Returned } };
  }
  const bodies = operations.flatMap(({ responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) =>
      status.startsWith('2') ? ((content?.['application/json']?.schema ?? []) as Returned) : [],
    ),
  );
  const names = bodies.map((body) =>
    (body.properties?.items?.items ?? body).$ref?.split('/').at(-1),
  );
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

/** Names of the members of a body, also of the objects that it consists of. */
function membersOf(schema: { readonly $ref?: string }): string[] {
  const name = (schema.$ref ?? '').split('/').at(-1)!;
  const { properties = {} } = (document.components.schemas[name] ?? schema) as {
    properties?: Record<string, { readonly $ref?: string }>;
  };
  return Object.entries(properties).flatMap(([key, part]) =>
    part.$ref === undefined ? [key] : [key, ...membersOf(part)],
  );
}

describe('the members of bodies', () => {
  /** Durations that people set name their unit; those that are measured are in milliseconds. */
  const namedUnits = new Set([
    'minutes',
    'overlapHours',
    'overlapDays',
    'lifetimeDays',
    'backfillDays',
    'duration',
  ]);

  /** Names of all members with their schemas. */
  function membersIn(schema: unknown): [string, Record<string, unknown>][] {
    if (typeof schema !== 'object' || schema === null) return [];
    const { properties = {} } = schema as { properties?: Record<string, Record<string, unknown>> };
    return [...Object.entries(properties), ...Object.values(schema).flatMap(membersIn)];
  }
  const members = membersIn(document);

  it('name times with At', () => {
    const own = members.filter(([, { format, anyOf = [] }]) =>
      [format, ...(anyOf as { format?: string }[]).map((each) => each.format)].includes(
        'date-time',
      ),
    );

    expect([...new Set(own.map(([name]) => name))].filter((name) => !name.endsWith('At'))).toEqual(
      [],
    );
  });

  it('spell states of ours alike, and say whose the others are', () => {
    const states = members.filter(
      ([name, { type }]) => /(status|state|outcome|phase)$/i.test(name) && type === 'string',
    );

    const unclear = states.filter(([, schema]) => {
      const values = (schema['enum'] ?? []) as string[];
      const isOurs = values.length > 0 && values.every((value) => /^[a-z]+(_[a-z]+)*$/.test(value));
      return !isOurs && !String(schema['description']).includes(' spells it');
    });
    expect(states.length).toBeGreaterThan(20);
    expect(unclear.map(([name, schema]) => [name, schema])).toEqual([]);
  });

  it('name measured durations with Ms', () => {
    const durations = members.filter(
      ([name, { type }]) =>
        (type === 'integer' || type === 'number') &&
        /second|minute|hour|day|duration|interval|elapsed|latency/i.test(name) &&
        !name.endsWith('PerSecond'),
    );

    const others = durations.map(([name]) => name).filter((name) => !name.endsWith('Ms'));
    expect(others.filter((name) => !namedUnits.has(name))).toEqual([]);
  });
});
