/** Rules of all responses: ETags, links and the id of a request. */
import { owners } from '../../functions/http/caller';
import { contentEtag } from '../../functions/http/conditional';
import { endpoint } from '../../functions/http/endpoint';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector } from '../support/builders';
import { callDeclared } from '../support/call-declared';
import { testContext } from '../support/context';

const etag = contentEtag({ name: 'Sales' });
const versioned = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'Get a thing',
  allow: owners,
  ifNoneMatch: true,
  responses: { 200: undefined },
  handle: async () => ({ status: 200, headers: { ETag: etag }, jsonBody: { name: 'Sales' } }),
});

describe('If-None-Match', () => {
  it.each([etag, `W/${etag}`, `"other", ${etag}`, '*'])(
    '%s gives 304 without a body',
    async (header) => {
      const response = await callDeclared(versioned, { headers: { 'if-none-match': header } });

      expect(response).toMatchObject({ status: 304, headers: { ETag: etag } });
      expect(response.jsonBody).toBeUndefined();
    },
  );

  it.each(['', '"other"', etag.slice(1), ',,', 'W/'])(
    '%j gives the whole response',
    async (header) => {
      const response = await callDeclared(versioned, { headers: { 'if-none-match': header } });

      expect(response).toMatchObject({ status: 200, jsonBody: { name: 'Sales' } });
    },
  );

  it('is ignored where the response changes with time alone', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    const params = { connectorId: 'c1' };
    const { headers } = await callEndpoint('getConnector', { services, params });

    const conditional = { 'if-none-match': headers['ETag']! };

    expect(
      (await callEndpoint('getConnector', { services, params, headers: conditional })).status,
    ).toBe(200);
  });
});

describe('merge patch', () => {
  it('rejects null for a required field by its name', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('updateConnector', {
      services,
      params: { connectorId: 'c1' },
      headers: { 'if-match': '"v1"' },
      body: { name: null },
    });

    expect(response).toMatchObject({ status: 400, json: { errors: [{ pointer: '/name' }] } });
  });
});

describe('Link', () => {
  it('leads through all pages, with each item once', async () => {
    const connectors = ['c1', 'c2', 'c3'].map((id) => aConnector({ id, name: id }));
    const { services } = testContext({ connectors });

    const ids: string[] = [];
    let query: string | undefined = 'limit=2';
    while (query !== undefined) {
      const { headers, json } = await callEndpoint('listConnectors', { services, query });
      ids.push(...json.items.map(({ id }: { id: string }) => id));
      query = /^<[^?>]+\?([^>]+)>; rel="next"$/.exec(headers['Link'] ?? '')?.[1];
    }

    expect(ids).toEqual(['c1', 'c2', 'c3']);
  });
});

describe('instance', () => {
  const uuid = '8e03978e-40d5-43e8-bc93-6894a57f9324';
  const trace = '0af7651916cd43dd8448eb211c80319c';

  it.each<[Record<string, string>, string]>([
    [{}, 'urn:uuid:test'],
    [{ 'x-correlation-id': uuid }, `urn:uuid:${uuid}`],
    [{ 'x-correlation-id': 'order-7.2' }, 'urn:correlation:order-7.2'],
    [{ traceparent: `00-${trace}-b7ad6b7169203331-01` }, `urn:trace:${trace}`],
    [{ 'x-correlation-id': 'a b"<script>', traceparent: '00-zz-1-1' }, 'urn:uuid:test'],
    [{ 'x-correlation-id': 'x'.repeat(129) }, 'urn:uuid:test'],
  ])('of a problem with the headers %j is %s', async (headers, instance) => {
    const response = await callEndpoint('getConnector', {
      params: { connectorId: 'nothing' },
      headers,
    });

    expect(response.json.instance).toBe(instance);
    expect(response.headers['X-Request-Id']).toBe('test');
  });
});
