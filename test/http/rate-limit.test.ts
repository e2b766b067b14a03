import { rateLimits } from '../../functions/http/rate-limits';
import { callEndpoint } from '../support/call-endpoint';
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
      json: { code: 'rate_limited', retryable: true, retryAfterSeconds: 45 },
    });
    expect([other.status, later.status]).toEqual([200, 200]);
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
