/** The document of the API: whole, consistent in itself, and true about who may call. */
import Ajv from 'ajv/dist/2020';
import { endpoints } from '../functions/endpoints';
import { openApi } from '../functions/http/openapi';
import { ask } from './support/call-endpoint';

const document = openApi(endpoints);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

describe('the OpenAPI document', () => {
  it('given the endpoints, when it is asked for, then each stands in it once, under its own name', async () => {
    const { json } = await ask('getOpenApi');

    expect(json.openapi).toBe('3.1.0');
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      Object.keys(endpoints).toSorted(),
    );
  });

  it('given its schemas, when each is compiled, then none refers to what is not there', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema(document as object, 'openapi');

    for (const name of Object.keys(document.components.schemas))
      expect(() => ajv.compile({ $ref: `openapi#/components/schemas/${name}` })).not.toThrow();
  });

  it('given its references, when they are followed, then no schema is only a reference to itself', () => {
    const circles = Object.entries(document.components.schemas).filter(
      ([name, schema]) => schema['$ref'] === `#/components/schemas/${name}`,
    );

    expect(circles).toEqual([]);
  });

  it.each(operations)(
    'given $operationId, when it is read, then its path and its parameters agree',
    ({ path, parameters }) => {
      const inPath = parameters.filter((parameter) => parameter['in'] === 'path');

      expect(inPath.map(({ name }) => `{${String(name)}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    },
  );

  it.each(operations)(
    'given $operationId, when it fails, then it documents a problem',
    ({ responses }) => {
      expect(Object.keys(responses['default']!.content!)).toEqual(['application/problem+json']);
    },
  );

  it('given what is open to everybody, when it is listed, then it is this and no more', () => {
    const open = operations.filter(({ security }) => security.length === 0);

    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual([
      'oauthCallback',
      'oauthCallbackFormPost',
      'getHealth',
      'getOpenApi',
      'getProblemType',
      'startOAuth',
    ]);
  });

  it('given a field that takes a secret, when it is read, then it is write-only', () => {
    const text = JSON.stringify(document.paths['/api/connectors/{connectorId}/credentials']);

    expect(text).toContain('"clientSecret":{"title"');
    expect(text).toMatch(/"clientSecret":\{[^}]*"writeOnly":true/);
  });
});
