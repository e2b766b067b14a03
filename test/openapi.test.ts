/** The OpenAPI document is complete, consistent and correct about roles. */
import Ajv from 'ajv/dist/2020';
import { endpoints } from '../functions/endpoints';
import { violationCodes } from '../functions/errors/app-error';
import { openApi } from '../functions/http/openapi';
import { callEndpoint } from './support/call-endpoint';

const document = openApi(endpoints);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

describe('OpenAPI document', () => {
  it('lists every endpoint once under its name', async () => {
    const { json } = await callEndpoint('getOpenApi');

    expect(json.openapi).toBe('3.1.0');
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      Object.keys(endpoints).toSorted(),
    );
  });

  it('refers only to schemas that exist', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema(document as object, 'openapi');

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

  it('requires a token for all operations but these', () => {
    const open = operations.filter(({ security }) => security.length === 0);

    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual([
      'getHealth',
      'getOpenApi',
      'getProblemType',
      'oauthCallback',
      'oauthCallbackFormPost',
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
