import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { createHandler } from '../../functions/http/handler';
import { endpoint, type Endpoint } from '../../functions/http/endpoint';
import type { Services } from '../../functions/services';
import { owners } from '../../functions/http/caller';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { testServices } from '../support/context';

const body = { name: 'Sales' };
const post = (text: string, headers: Record<string, string> = {}) =>
  callEndpoint('createConnector', { body: text, headers });

describe('request body', () => {
  it.each(['{', '', 'name=Sales', '{"name":"Sales"'])(
    '%j is rejected as invalid JSON',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 400, json: { code: 'invalid_json' } });
    },
  );

  it.each(['null', '[]', '"Sales"', '7'])('%s is rejected by the schema', async (text) => {
    expect(await post(text)).toMatchObject({ status: 400, json: { code: 'invalid_body' } });
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', ''])(
    'of the media type %j is not supported',
    async (type) => {
      const response = await post(JSON.stringify(body), { 'content-type': type });

      expect(response).toMatchObject({ status: 415, json: { code: 'media_type_unsupported' } });
    },
  );

  it.each(['gzip', 'br', 'GZIP, identity', 'unknown'])(
    'in the Content-Encoding %s is refused',
    async (coding) => {
      const response = await post(JSON.stringify(body), { 'content-encoding': coding });

      expect(response).toMatchObject({
        status: 415,
        json: { code: 'content_encoding_unsupported' },
      });
    },
  );

  it('in the Content-Encoding identity is accepted', async () => {
    const response = await post(JSON.stringify(body), { 'content-encoding': 'Identity' });

    expect(response.status).toBe(201);
  });

  it('may declare a charset', async () => {
    const type = 'application/json; charset=utf-8';

    expect((await post(JSON.stringify(body), { 'content-type': type })).status).toBe(201);
  });

  it('is rejected above one mebibyte', async () => {
    const response = await post(JSON.stringify({ name: 'x'.repeat(1_048_577) }));

    expect(response).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'with the key %s changes no prototype',
    async (key) => {
      const response = await post(`{"name":"Sales","${key}":{"polluted":true}}`);

      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect([201, 400]).toContain(response.status);
      expect(JSON.stringify(response.json)).not.toContain('polluted');
    },
  );

  it('gets all its violations in one response', async () => {
    const response = await post('{"name":7,"type":"x","extra":1}');

    const pointers = response.json.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.toSorted()).toEqual(['/extra', '/name', '/type']);
    for (const error of response.json.errors)
      expect(error).toEqual({
        pointer: expect.any(String),
        code: expect.stringMatching(/^(?:unknown_field|wrong_type|not_allowed)$/),
        detail: expect.stringMatching(/^(?:extra|name|type) (?:must|is) /),
      });
  });
});

describe('query', () => {
  it('is rejected if it repeats a parameter', async () => {
    const request = new HttpRequest({
      method: 'GET',
      url: 'http://localhost:7071/api/connectors?limit=1&limit=2',
    });

    const response = await call(listing, request);

    expect(response).toMatchObject({
      status: 400,
      jsonBody: { errors: [{ pointer: '?limit', code: 'repeated' }] },
    });
  });
});

describe('response', () => {
  it('to a bug contains no detail of it', async () => {
    const response = await call(
      failing,
      new HttpRequest({ method: 'GET', url: 'http://localhost/' }),
    );

    expect(response.status).toBe(500);
    expect(JSON.stringify(response)).not.toContain('password of the database');
    expect(response.jsonBody).toMatchObject({ code: 'internal_error', retryable: false });
  });

  it('forbids caching and type sniffing', async () => {
    const responses = [
      await callEndpoint('listConnectors'),
      await callEndpoint('getConnector', { params: { connectorId: 'x' } }),
    ];

    for (const { headers } of responses)
      expect(headers).toMatchObject({
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      });
  });

  it('to a missing role does not depend on the body', async () => {
    const response = await callEndpoint('createConnector', {
      as: { ...owner, roles: [] },
      body: '{',
    });

    expect(response).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });
});

const listing = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'List things',
  allow: owners,
  query: z.strictObject({ limit: z.string().optional() }),
  responses: { 200: undefined },
  handle: async () => ({ status: 200 }),
});

const failing = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'List things',
  allow: owners,
  responses: { 200: undefined },
  handle: () => Promise.reject(new Error('the password of the database is 1234')),
});

async function call(declared: Endpoint<Services>, request: HttpRequest) {
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  const handle = createHandler(declared, () => testServices());
  return (await handle(request, context)) as HttpResponseInit;
}
