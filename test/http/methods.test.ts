/** Methods and paths that no endpoint has, HEAD, and callers without a role. */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { endpoints } from '../../functions/endpoints';
import type { Endpoint } from '../../functions/http/endpoint';
import { problem } from '../../functions/http/problem';
import { methodsOf } from '../../functions/http/routing/method';
import { createUnknownRouteHandler } from '../../functions/http/routing/unknown-route';
import { aConnector, owner } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

async function request(method: string, path: string) {
  const handle = createUnknownRouteHandler(Object.values<Endpoint>(endpoints));
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  const sent = new HttpRequest({
    method,
    url: `http://localhost:7071/api/${path}`,
    params: { path },
  });
  return (await handle(sent, context)) as HttpResponseInit;
}

describe('a request that no endpoint has', () => {
  it.each([
    ['PATCH', 'connectors', 'GET, HEAD, POST'],
    ['DELETE', 'Connectors/', 'GET, HEAD, POST'],
    ['POST', 'connectors/c1', 'GET, HEAD, PATCH, DELETE'],
    ['GET', 'connectors/c1/test', 'POST'],
    ['HEAD', 'oauth/start', 'GET'],
    ['PUT', 'health', 'GET, HEAD'],
    ['POST', 'openapi.json', 'GET, HEAD'],
  ])('gets 405 with Allow for %s %s', async (method, path, allow) => {
    const response = await request(method, path);

    expect(response).toMatchObject({
      status: 405,
      headers: { Allow: allow, 'Content-Type': 'application/problem+json' },
    });
  });

  it.each(['', 'nothing', 'connectors/c1/nothing', 'connectors//schedule', 'openapiXjson'])(
    'gets 404 for the path %j',
    async (path) => {
      const response = await request('GET', path);

      expect(response).toMatchObject({ status: 404, jsonBody: { code: 'path_not_found' } });
      expect(problem.parse(JSON.parse(JSON.stringify(response.jsonBody)))).toBeDefined();
    },
  );
});

describe('HEAD', () => {
  it('gets what GET gets, of which the server leaves out the content', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    const call = { services, params: { connectorId: 'c1' } };
    const got = await callEndpoint('getConnector', call);

    const head = await callEndpoint('getConnector', { ...call, method: 'HEAD' });

    expect(head).toMatchObject({ status: 200, headers: { ETag: got.headers['ETag'] } });
    expect(head.json).toEqual(got.json);
  });

  it('is registered for each GET that changes nothing', () => {
    const withoutHead = Object.entries<Endpoint>(endpoints)
      .filter(([, declared]) => declared.method === 'GET' && methodsOf(declared).length === 1)
      .map(([name]) => name);

    expect(withoutHead).toEqual(['startOAuth', 'oauthCallback', 'exportAudit']);
  });
});

describe('GET /me', () => {
  it('works without a role and names the missing roles', async () => {
    const response = await callEndpoint('getMe', { as: { ...owner, roles: [] } });

    expect(response).toMatchObject({
      status: 200,
      json: { roles: [], missingRoles: ['Owner', 'Member', 'Viewer', 'Operator'] },
    });
  });

  it('names the roles that the caller lacks', async () => {
    const response = await callEndpoint('getMe', { as: owner });

    expect(response.json).toMatchObject({
      roles: ['Owner'],
      missingRoles: ['Member', 'Viewer', 'Operator'],
    });
  });
});
