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

describe('the body of a request', () => {
  it.each(['{', '', 'name=Sales', '{"name":"Sales"'])(
    'given %j, when it is posted, then it is no JSON',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 400, json: { code: 'invalid_json' } });
    },
  );

  it.each(['null', '[]', '"Sales"', '7'])(
    'given the JSON %s, when it is posted, then it is not what is expected',
    async (text) => {
      expect(await post(text)).toMatchObject({ status: 400, json: { code: 'invalid_body' } });
    },
  );

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', ''])(
    'given the content type %j, when it is posted, then it is not supported',
    async (type) => {
      const answer = await post(JSON.stringify(body), { 'content-type': type });

      expect(answer).toMatchObject({ status: 415, json: { code: 'media_type_unsupported' } });
    },
  );

  it('given a charset, when JSON is posted, then it is read', async () => {
    const type = 'application/json; charset=utf-8';

    expect((await post(JSON.stringify(body), { 'content-type': type })).status).toBe(201);
  });

  it('given more than a mebibyte, when it is posted, then it is too large', async () => {
    const answer = await post(JSON.stringify({ name: 'x'.repeat(1_048_577) }));

    expect(answer).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'given the key %s, when it is posted, then nothing of ours is changed',
    async (key) => {
      const answer = await post(`{"name":"Sales","${key}":{"polluted":true}}`);

      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect([201, 400]).toContain(answer.status);
      expect(JSON.stringify(answer.json)).not.toContain('polluted');
    },
  );

  it('given three faults, when it is posted, then all are named at once', async () => {
    const answer = await post('{"name":7,"type":"x","extra":1}');

    const pointers = answer.json.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.toSorted()).toEqual(['/extra', '/name', '/type']);
  });
});

describe('the query of a request', () => {
  it('given a parameter twice, when it is read, then it is refused', async () => {
    const request = new HttpRequest({
      method: 'GET',
      url: 'http://localhost:7071/api/connectors?limit=1&limit=2',
    });

    const answer = await open(listing, request);

    expect(answer).toMatchObject({ status: 400, jsonBody: { errors: [{ pointer: '?limit' }] } });
  });
});

describe('a failure', () => {
  it('given a bug, when it is answered, then it says nothing about itself', async () => {
    const answer = await open(
      failing,
      new HttpRequest({ method: 'GET', url: 'http://localhost/' }),
    );

    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('password of the database');
    expect(answer.jsonBody).toMatchObject({ code: 'internal_error', retryable: false });
  });

  it('given any answer, when it leaves, then no cache keeps it and no browser guesses at it', async () => {
    const answers = [
      await callEndpoint('listConnectors'),
      await callEndpoint('getConnector', { params: { connectorId: 'x' } }),
    ];

    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      });
  });

  it('given a role that is missing, when it is asked, then nothing of the body is read', async () => {
    const answer = await callEndpoint('createConnector', { as: { ...owner, roles: [] }, body: '{' });

    expect(answer).toMatchObject({ status: 403, json: { code: 'role_missing' } });
  });
});

const listing = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'Things',
  allow: owners,
  query: z.strictObject({ limit: z.string().optional() }),
  responses: { 200: undefined },
  handle: async () => ({ status: 200 }),
});

const failing = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'Things',
  allow: owners,
  responses: { 200: undefined },
  handle: () => Promise.reject(new Error('the password of the database is 1234')),
});

async function open(declared: Endpoint<Services>, request: HttpRequest) {
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  const handle = createHandler(declared, () => testServices());
  return (await handle(request, context)) as HttpResponseInit;
}
