import { connectionEndpoints } from '../../functions/credentials/connection.http';
import { credentialEndpoints } from '../../functions/credentials/credentials.http';
import { endpointLimits, rateLimits } from '../../functions/http/rate-limits';
import { RateLimiter } from '../../functions/http/rate-limit';
import { deviceSessionEndpoints } from '../../functions/oauth/device-sessions.http';
import { oauthSessionEndpoints } from '../../functions/oauth/sessions.http';
import { fakeRateLimitStore } from '../fakes/rate-limit-store';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { aConnector, owner, viewer } from '../support/builders';
import { testContext } from '../support/context';

const wrongCredentials = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
  clientSecret: 'wrong',
};
const params = { connectorId: 'c1' };

describe('rate limit of a caller', () => {
  it('states what remains, and until when', async () => {
    const { services } = testContext();

    const { headers } = await callEndpoint('listConnectors', { services });

    const { quota } = rateLimits.reads;
    expect(headers).toMatchObject({
      'RateLimit-Policy': `"reads";q=${quota};w=60`,
      RateLimit: `"reads";r=${quota - 1};t=60`,
    });
  });

  it('rejects only that caller until the next window', async () => {
    const { services, wait } = testContext();
    for (let n = 0; n < rateLimits.reads.quota; n++)
      await callEndpoint('listConnectors', { services });
    wait(15);

    const rejected = await callEndpoint('listConnectors', { services });
    const other = await callEndpoint('listConnectors', {
      services,
      as: { ...viewer, objectId: 'another' },
    });
    wait(45);
    const later = await callEndpoint('listConnectors', { services });

    expect(rejected).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '45', RateLimit: '"reads";r=0;t=45' },
      json: { code: 'rate_limited', retryable: true, retryAfterMs: 45_000 },
    });
    expect([other.status, later.status]).toEqual([200, 200]);
  });

  it('counts a read as often as its work costs', async () => {
    const { services } = testContext();
    const { quota } = rateLimits.reads;

    const search = await callEndpoint('listConnectors', { services, query: { q: 'Sales' } });
    const list = await callEndpoint('listConnectors', { services });

    expect(search.headers['RateLimit']).toBe(`"reads";r=${quota - 5};t=60`);
    expect(list.headers['RateLimit']).toBe(`"reads";r=${quota - 6};t=60`);
  });

  it('is exceeded by a few costly reads', async () => {
    const { services } = testContext();
    const { quota } = rateLimits.reads;
    const search = () => callEndpoint('listConnectors', { services, query: { q: 'Sales' } });
    for (let n = 0; n < quota / 5; n++) await search();

    const { status, headers } = await search();

    expect(status).toBe(429);
    expect(headers['RateLimit']).toBe('"reads";r=0;t=60');
  });

  it('rejects a write before its body is read', async () => {
    const { services } = testContext();
    for (let n = 0; n < rateLimits.writes.quota; n++)
      await callEndpoint('createConnector', { services, body: '{' });

    const rejected = await callEndpoint('createConnector', { services, body: '{' });

    expect(rejected).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  });

  it('does not count endpoints without a token', async () => {
    const { headers } = await callEndpoint('getHealth');

    expect(headers).not.toHaveProperty('RateLimit');
  });
});

describe('rate limit of a connector', () => {
  it('rejects credentials without a request to Entra', async () => {
    const { services, entra } = testContext({ connectors: [aConnector()] });
    const attempt = () =>
      callEndpoint('submitCredentials', { services, params, body: wrongCredentials });
    for (let n = 0; n < rateLimits.credentials.quota; n++)
      expect((await attempt()).status).toBe(422);
    const { requests } = entra;

    const rejected = await attempt();

    expect(rejected).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(rejected.headers['RateLimit']).toMatch(
      /^"writes";r=\d+;t=\d+, "credentials";r=0;t=\d+$/,
    );
    expect(entra.requests).toBe(requests);
  });
});

/** Endpoints of the modules that sign in. Each declares a limit, or the reason why it has none. */
const signingIn = {
  ...credentialEndpoints,
  ...connectionEndpoints,
  ...oauthSessionEndpoints,
  ...deviceSessionEndpoints,
};
const withoutLimit: Readonly<Record<string, string>> = {
  disconnectConnector: 'ends work and removes secrets',
  cancelOAuthSession: 'ends work',
  cancelDeviceSession: 'ends work',
};
const limited = Object.entries(signingIn).flatMap(([name, { rateLimit }]) =>
  rateLimit === undefined
    ? []
    : (Object.entries(endpointLimits[rateLimit]) as ['connector' | 'caller', LimitName][]).map(
        ([subject, limit]) => [name as EndpointName, subject, limit] as const,
      ),
);
type LimitName = keyof typeof rateLimits;
const bodies: Partial<Record<EndpointName, object>> = {
  submitCredentials: wrongCredentials,
  rotateCredential: { clientSecret: 'another' },
  startOAuthSession: {},
  startDeviceSession: {},
};

describe('rate limit of sign-ins', () => {
  it('is declared by each endpoint that signs in or stores secrets', () => {
    const undeclared = Object.entries(signingIn).filter(
      ([name, { method, rateLimit }]) =>
        method !== 'GET' && rateLimit === undefined && !(name in withoutLimit),
    );

    expect(undeclared.map(([name]) => name)).toEqual([]);
  });

  it.each(limited)('refuses %s per %s by %s', async (name, subject, limit) => {
    const { services, entra, secretStore } = testContext({ connectors: [aConnector()] });
    const key = subject === 'connector' ? params.connectorId : owner.objectId;
    for (let n = 0; n < rateLimits[limit].quota; n++)
      await services.rateLimiter.consume(limit, owner.tenantId, key);

    const refused = await callEndpoint(name, { services, params, body: bodies[name] });

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(refused.headers['RateLimit']).toContain(`"${limit}";r=0`);
    expect([entra.requests, secretStore.usable()]).toEqual([0, []]);
  });

  it('admits its quota to many requests at once on two workers', async () => {
    const store = fakeRateLimitStore();
    const workers = [1, 2].map(() => testContext({ connectors: [aConnector()] }));
    const calls = Array.from({ length: 40 }, (_, n) => {
      const { services } = workers[n % 2]!;
      const rateLimiter = new RateLimiter(store, services.now);
      return callEndpoint('startDeviceSession', {
        services: { ...services, rateLimiter },
        params,
        body: {},
      });
    });

    const statuses = (await Promise.all(calls)).map(({ status }) => status);

    const admitted = statuses.filter((status) => status !== 429);
    expect(admitted).toEqual(Array(rateLimits.signIns.quota).fill(201));
    const secrets = workers.flatMap(({ secretStore }) => secretStore.usable());
    expect(secrets).toHaveLength(rateLimits.signIns.quota);
  });
});
