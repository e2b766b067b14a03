/** What all answers have in common: versions, links, and the names under which a request is found again. */
import { owners } from '../../functions/http/caller';
import { contentEtag } from '../../functions/http/conditional';
import { endpoint } from '../../functions/http/endpoint';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector } from '../support/builders';
import { callDeclared } from '../support/call-declared';
import { testContext } from '../support/context';

const tag = contentEtag({ name: 'Sales' });
const versioned = endpoint({
  method: 'GET',
  route: 'things',
  summary: 'Things',
  allow: owners,
  ifNoneMatch: true,
  responses: { 200: undefined },
  handle: async () => ({ status: 200, headers: { ETag: tag }, jsonBody: { name: 'Sales' } }),
});

describe('a conditional request', () => {
  it.each([tag, `W/${tag}`, `"other", ${tag}`, '*'])(
    'given If-None-Match %s, when it is asked, then there is nothing new',
    async (header) => {
      const answer = await callDeclared(versioned, { headers: { 'if-none-match': header } });

      expect(answer).toMatchObject({ status: 304, headers: { ETag: tag } });
      expect(answer.jsonBody).toBeUndefined();
    },
  );

  it.each(['', '"other"', tag.slice(1), ',,', 'W/'])(
    'given If-None-Match %j, when it is asked, then all of it is sent',
    async (header) => {
      const answer = await callDeclared(versioned, { headers: { 'if-none-match': header } });

      expect(answer).toMatchObject({ status: 200, jsonBody: { name: 'Sales' } });
    },
  );

  it('given an answer that time alone changes, when its version is known, then it is sent all the same', async () => {
    const { services } = testContext({ connectors: [aConnector()] });
    const params = { connectorId: 'c1' };
    const { headers } = await callEndpoint('getConnector', { services, params });

    const known = { 'if-none-match': headers['ETag']! };

    expect((await callEndpoint('getConnector', { services, params, headers: known })).status).toBe(200);
  });
});

describe('a merge patch', () => {
  it('given null, when it is sent for what cannot be removed, then it is refused by its name', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await callEndpoint('updateConnector', {
      services,
      params: { connectorId: 'c1' },
      headers: { 'if-match': '"v1"' },
      body: { name: null },
    });

    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/name' }] } });
  });
});

describe('a list', () => {
  it('given more than a page, when it is followed by Link, then each is seen once', async () => {
    const connectors = ['c1', 'c2', 'c3'].map((id) => aConnector({ id, name: id }));
    const { services } = testContext({ connectors });

    const seen: string[] = [];
    let query: string | undefined = 'limit=2';
    while (query !== undefined) {
      const { headers, json } = await callEndpoint('listConnectors', { services, query });
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      query = /^<[^?>]+\?([^>]+)>; rel="next"$/.exec(headers['Link'] ?? '')?.[1];
    }

    expect(seen).toEqual(['c1', 'c2', 'c3']);
  });
});

describe('the name of a request', () => {
  const uuid = '8e03978e-40d5-43e8-bc93-6894a57f9324';
  const trace = '0af7651916cd43dd8448eb211c80319c';

  it.each<[Record<string, string>, string]>([
    [{}, 'urn:uuid:test'],
    [{ 'x-correlation-id': uuid }, `urn:uuid:${uuid}`],
    [{ 'x-correlation-id': 'order-7.2' }, 'urn:correlation:order-7.2'],
    [{ traceparent: `00-${trace}-b7ad6b7169203331-01` }, `urn:trace:${trace}`],
    [{ 'x-correlation-id': 'a b"<script>', traceparent: '00-zz-1-1' }, 'urn:uuid:test'],
    [{ 'x-correlation-id': 'x'.repeat(129) }, 'urn:uuid:test'],
  ])('given %j, when it fails, then the problem is named %s', async (headers, instance) => {
    const answer = await callEndpoint('getConnector', { params: { connectorId: 'nothing' }, headers });

    expect(answer.json.instance).toBe(instance);
    expect(answer.headers['X-Request-Id']).toBe('test');
  });
});
