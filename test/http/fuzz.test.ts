/**
 * Whatever is sent, no endpoint breaks: every answer is documented, and none is a 5xx. Hostile values come first, then
 * what fast-check makes up.
 */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import fc from 'fast-check';
import { endpoints } from '../../functions/endpoints';
import { createHandler } from '../../functions/http/handler';
import type { Endpoint } from '../../functions/http/endpoint';
import type { Services } from '../../functions/services';
import { RateLimiter } from '../../functions/http/rate-limit';
import { openApi } from '../../functions/http/openapi';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner } from '../support/builders';
import { openApiValidator } from '../support/openapi-validation';
import { syncContext } from '../support/sync-context';
import { fakeRateLimitStore } from '../fakes/rate-limit-store';

type Asked = Readonly<{
  params: Record<string, string>;
  query: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}>;

const { expectDocumented } = openApiValidator(openApi(endpoints));

const deep = (open: string, close: string) => open.repeat(10_000) + close.repeat(10_000);
const bodies = [
  '', '{', 'null', '0', '[]', '{}', '"x"', '1e999', '-1e-999', '123456789012345678901234567890',
  '{"name":"\\ud800"}', '{"\\udfff":1}', '{"name":"\\u0000"}', '{"name":1e999}', '\ufeff{}',
  '{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{"x":1}}}', '{"name":"a","name":"b"}',
  '{"toString":1,"hasOwnProperty":1,"then":1}', deep('[', ']'), deep('{"a":', '}').replace('}', '1}'),
  `{"name":"${'x'.repeat(1_000_000)}"}`, `"${'x'.repeat(1_048_577)}"`,
]; // prettier-ignore
const texts = [
  '', '.', '..', '/', '\\', '%', '%00', '\u0000', '__proto__', 'constructor', 'null', '#', '?', '\u202e', '￿',
  "' or 1 eq 1", '🙂', 'x'.repeat(5_000), '../../connectors', 'c1', 'c1 ', 'NaN', '-1', '1e400', '<script>',
]; // prettier-ignore

const text = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'grapheme' }), fc.string());
/** What a header may hold at all: the host refuses everything else. */
const headerText = fc
  .oneof(text, fc.string({ unit: 'binary-ascii' }))
  .map((value) => value.replaceAll(/[^\x20-\x7e]/g, '').trim());
const jsonText = fc.oneof(
  fc.constantFrom(...bodies),
  fc.json(),
  fc
    .dictionary(
      fc.constantFrom(
        'name',
        'type',
        'method',
        'mode',
        'url',
        'events',
        'clientId',
        '__proto__',
        'returnTo',
      ),
      fc.jsonValue(),
    )
    .map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type', 'content-length', 'if-match', 'if-none-match', 'idempotency-key', 'accept', 'traceparent',
    'x-correlation-id', 'cookie', 'authorization', 'x-forwarded-host', 'content-encoding',
  ),
  headerText,
); // prettier-ignore
const request: fc.Arbitrary<Asked> = fc.record({
  params: fc.record({
    id: text,
    sid: text,
    runId: text,
    resourceId: text,
    code: text,
    deliveryId: text,
  }),
  query: fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(
            'limit',
            'cursor',
            'status',
            'q',
            'kind',
            'factory',
            'ticket',
            'state',
            '__proto__',
          ),
          text,
        ),
        text,
      ),
      { maxLength: 4 },
    )
    .map((pairs) =>
      pairs
        .map((pair) =>
          pair.map((part) => encodeURIComponent(Buffer.from(part).toString())).join('='),
        )
        .join('&'),
    ),
  headers: fc
    .record({ some: headers, json: fc.boolean() })
    .map(({ some, json }) => ({ ...some, ...(json && { 'content-type': 'application/json' }) })),
  body: fc.oneof(jsonText, fc.uint8Array({ maxLength: 200 })),
});

async function send(name: keyof typeof endpoints, { params, query, headers, body }: Asked) {
  const { services } = syncContext([aConnectedConnector()]);
  const declared: Endpoint<Services> = endpoints[name];
  const bodiless = declared.method === 'GET';
  const printed: string[] = [];
  const response = (await createHandler(declared, () => ({
    ...services,
    authenticate: async () => ({ ...owner, roles: ['Owner', 'Member', 'Viewer', 'Operator'] }),
    // Otherwise most of what is sent would stop at the limit.
    rateLimiter: new RateLimiter(fakeRateLimitStore(), services.now),
  }))(
    new HttpRequest({
      method: declared.method,
      url: `http://localhost:7071/api/${declared.route}?${query}`,
      params,
      headers,
      ...(!bodiless && {
        body: typeof body === 'string' ? { string: body } : { bytes: body },
      }),
    }),
    new InvocationContext({
      invocationId: 'test',
      logHandler: (_level, ...parts) => void printed.push(parts.map(String).join(' ')),
    }),
  )) as HttpResponseInit;
  const { status = 200, jsonBody } = response;
  if (status >= 500) throw new Error(`${name} answered ${status}: ${printed.join('\n')}`);
  const json: unknown = jsonBody === undefined ? undefined : JSON.parse(JSON.stringify(jsonBody));
  const sent = new Headers(response.headers as Record<string, string>);
  expectDocumented({ operationId: name, status, headers: sent, json });
}

const names = Object.keys(endpoints) as (keyof typeof endpoints)[];
const empty: Asked = { params: { connectorId: 'c1' }, query: '', headers: {}, body: '{}' };

describe.each(names)('%s', (name) => {
  it('given hostile bodies and texts, when they are sent, then it answers as documented', async () => {
    const json = {
      'content-type': endpoints[name].mediaType ?? 'application/json',
      'if-match': '"v1"',
    };

    const asked: Asked[] = bodies.map((body) => ({ ...empty, headers: json, body }));
    for (const hostile of texts) {
      const all = { id: hostile, sid: hostile, runId: hostile, resourceId: hostile, code: hostile };
      const query = `limit=${encodeURIComponent(hostile)}&cursor=${encodeURIComponent(hostile)}`;
      asked.push({ ...empty, params: { ...all, deliveryId: hostile }, query, headers: json });
    }

    for (const one of asked) await expect(send(name, one)).resolves.toBeUndefined();
  });

  it('given anything at all, when it is sent, then it answers as documented', async () => {
    const property = fc.asyncProperty(request, (asked) => send(name, asked));

    await expect(fc.assert(property, { numRuns: 40 })).resolves.toBeUndefined();
  });
});

describe('a length that lies', () => {
  it.each(['1', '0', '-1', 'abc', '99999999999999999999'])(
    'given Content-Length %s and too much behind it, when it is read, then it is too much',
    async (length) => {
      const body = `{"name":"${'x'.repeat(1_100_000)}"}`;

      const answer = await callEndpoint('createConnector', { headers: { 'content-length': length }, body });

      expect(answer).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
    },
  );
});

it('given prototype keys in all that was sent, when it is over, then no object has learnt them', () => {
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  expect(({} as Record<string, unknown>)['name']).toBeUndefined();
});
