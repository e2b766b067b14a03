/**
 * Sends hostile and random requests to every endpoint: each response must be documented, and none
 * may be a 5xx. Hostile values come first, then random values of fast-check.
 */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import fc from 'fast-check';
import { endpoints } from '../../functions/endpoints';
import { createHandler } from '../../functions/http/handler';
import type { Endpoint } from '../../functions/http/endpoint';
import type { Services } from '../../functions/services';
import { RateLimiter } from '../../functions/http/rate-limit';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner } from '../support/builders';
import { builtOpenApi } from '../support/openapi/document';
import { openApiValidator } from '../support/openapi/validation';
import { jsonOf } from '../support/call-declared';
import { syncContext } from '../support/sync-context';
import { fakeRateLimitStore } from '../fakes/rate-limit-store';

type FuzzedCall = Readonly<{
  params: Record<string, string>;
  query: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}>;

const { assertDocumented } = openApiValidator(builtOpenApi());

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
  "' or 1 eq 1", '🙂', 'x'.repeat(5_000), '../../connectors', 'c1', 'id-0001', 'c1 ', 'NaN', '-1', '1e400', '<script>',
]; // prettier-ignore

const text = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'grapheme' }), fc.string());
/** The characters that a header may have: the host rejects all others. */
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
/** Parameters of all paths. */
const pathParameters = [
  ...new Set(
    Object.values<Endpoint>(endpoints).flatMap(({ route }) =>
      Array.from(route.matchAll(/\{(\w+)\}/g), ([, name]) => name!),
    ),
  ),
];
const request: fc.Arbitrary<FuzzedCall> = fc.record({
  params: fc.record(Object.fromEntries(pathParameters.map((name) => [name, text]))),
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

async function send(
  name: keyof typeof endpoints,
  services: Services,
  { params, query, headers, body }: FuzzedCall,
) {
  const declared: Endpoint<Services> = endpoints[name];
  const bodiless = declared.method === 'GET';
  const printed: string[] = [];
  const response = (await createHandler(declared, () => ({
    ...services,
    authenticate: async () => ({ ...owner, roles: ['Owner', 'Member', 'Viewer', 'Operator'] }),
    // A limiter of its own, or most requests would exceed the limit.
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
  const { status = 200 } = response;
  if (status >= 500) throw new Error(`${name} responded ${status}: ${printed.join('\n')}`);
  const json = jsonOf(response);
  const sent = new Headers(response.headers as Record<string, string>);
  assertDocumented({ operationId: name, status, headers: sent, json });
}

const names = Object.keys(endpoints) as (keyof typeof endpoints)[];
/** A connected connector, and a provisioning connection. `empty` addresses both. */
async function fuzzed() {
  const { services } = syncContext([aConnectedConnector()]);
  const { provisioningConnections } = services;
  const { id } = await provisioningConnections.create(owner, { name: 'Okta', profile: 'okta' });
  const params = { connectorId: 'c1', connectionId: id };
  const empty: FuzzedCall = { params, query: '', headers: {}, body: '{}' };
  return { services, empty };
}

describe.each(names)('%s', (name) => {
  it('responds to hostile bodies and texts as documented', async () => {
    const json = {
      'content-type': endpoints[name].mediaType ?? 'application/json',
      'if-match': '"v1"',
    };

    const { services, empty } = await fuzzed();
    const calls: FuzzedCall[] = bodies.map((body) => ({ ...empty, headers: json, body }));
    for (const hostile of texts) {
      const params = Object.fromEntries(pathParameters.map((name) => [name, hostile]));
      const query = `limit=${encodeURIComponent(hostile)}&cursor=${encodeURIComponent(hostile)}`;
      calls.push({ ...empty, params, query, headers: json });
    }

    for (const call of calls) await expect(send(name, services, call)).resolves.toBeUndefined();
  });

  it('responds to random requests as documented', async () => {
    const { services } = await fuzzed();
    const property = fc.asyncProperty(request, (call) => send(name, services, call));

    await expect(fc.assert(property, { numRuns: 40 })).resolves.toBeUndefined();
  });
});

describe('Content-Length', () => {
  it.each(['1', '0', '-1', 'abc', '99999999999999999999'])(
    '%s does not let a larger body pass',
    async (length) => {
      const body = `{"name":"${'x'.repeat(1_100_000)}"}`;

      const response = await callEndpoint('createConnector', {
        headers: { 'content-length': length },
        body,
      });

      expect(response).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
    },
  );
});

it('leaves no prototype changed', () => {
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  expect(({} as Record<string, unknown>)['name']).toBeUndefined();
});
