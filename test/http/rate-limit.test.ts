/** How much a caller, or a connector, may ask for, and how they are told. */
import { rateLimits } from '../../functions/http/rate-limits';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector, owner, viewer } from '../support/builders';
import { testContext } from '../support/context';

const wrong = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
  clientSecret: 'wrong',
};
const params = { connectorId: 'c1' };

describe('a caller', () => {
  it('given reads, when one is answered, then it says how many are left and until when', async () => {
    const { services } = testContext();

    const { headers } = await callEndpoint('listConnectors', { services });

    const { quota } = rateLimits.reads;
    expect(headers).toMatchObject({
      'RateLimit-Policy': `"reads";q=${quota};w=60`,
      RateLimit: `"reads";r=${quota - 1};t=60`,
    });
  });

  it('given too many reads, when another is asked for, then it waits for the next window, alone', async () => {
    const { services, wait } = testContext();
    for (let n = 0; n < rateLimits.reads.quota; n++) await callEndpoint('listConnectors', { services });
    wait(15);

    const refused = await callEndpoint('listConnectors', { services });
    const other = await callEndpoint('listConnectors', { services, as: { ...viewer, objectId: 'another' } });
    wait(45);
    const later = await callEndpoint('listConnectors', { services });

    expect(refused).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '45', RateLimit: '"reads";r=0;t=45' },
      json: { code: 'rate_limited', retryable: true, retryAfterSeconds: 45 },
    });
    expect([other.status, later.status]).toEqual([200, 200]);
  });

  it('given too many writes, when another is asked for, then its body is not even read', async () => {
    const { services } = testContext();
    for (let n = 0; n < rateLimits.writes.quota; n++)
      await callEndpoint('createConnector', { services, body: '{' });

    const refused = await callEndpoint('createConnector', { services, body: '{' });

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  });

  it('given what is open to everybody, when it is asked, then nothing is counted', async () => {
    const { headers } = await callEndpoint('getHealth');

    expect(headers).not.toHaveProperty('RateLimit');
  });
});

describe('a connector', () => {
  it('given credentials that were tried too often, when others are sent, then Entra is not asked', async () => {
    const { services, entra } = testContext({ connectors: [aConnector()] });
    const attempt = () => callEndpoint('submitCredentials', { services, params, body: wrong });
    for (let n = 0; n < rateLimits.credentials.quota; n++) expect((await attempt()).status).toBe(422);
    const { requests } = entra;

    const refused = await attempt();

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(refused.headers['RateLimit']).toMatch(/^"writes";r=\d+;t=\d+, "credentials";r=0;t=\d+$/);
    expect(entra.requests).toBe(requests);
  });
});
