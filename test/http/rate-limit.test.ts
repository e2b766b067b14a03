/** How much a caller, or a connector, may ask for, and how they are told. */
import { limits } from '../../functions/http/rate-limits';
import { ask } from '../support/call-endpoint';
import { aConnector, ada, edgar } from '../support/builders';
import { testContext } from '../support/context';

const wrong = {
  method: 'client_credentials',
  tenantId: ada.tenantId,
  clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
  clientSecret: 'wrong',
};
const params = { connectorId: 'c1' };

describe('a caller', () => {
  it('given reads, when one is answered, then it says how many are left and until when', async () => {
    const { services } = testContext();

    const { headers } = await ask('listConnectors', { services });

    const { quota } = limits.reads;
    expect(headers).toMatchObject({
      'RateLimit-Policy': `"reads";q=${quota};w=60`,
      RateLimit: `"reads";r=${quota - 1};t=60`,
    });
  });

  it('given too many reads, when another is asked for, then it waits for the next window, alone', async () => {
    const { services, wait } = testContext();
    for (let n = 0; n < limits.reads.quota; n++) await ask('listConnectors', { services });
    wait(15);

    const refused = await ask('listConnectors', { services });
    const other = await ask('listConnectors', { services, as: { ...edgar, objectId: 'another' } });
    wait(45);
    const later = await ask('listConnectors', { services });

    expect(refused).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '45', RateLimit: '"reads";r=0;t=45' },
      json: { code: 'rate_limited', retryable: true, retryAfterSeconds: 45 },
    });
    expect([other.status, later.status]).toEqual([200, 200]);
  });

  it('given too many writes, when another is asked for, then its body is not even read', async () => {
    const { services } = testContext();
    for (let n = 0; n < limits.writes.quota; n++)
      await ask('createConnector', { services, body: '{' });

    const refused = await ask('createConnector', { services, body: '{' });

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  });

  it('given what is open to everybody, when it is asked, then nothing is counted', async () => {
    const { headers } = await ask('getHealth');

    expect(headers).not.toHaveProperty('RateLimit');
  });
});

describe('a connector', () => {
  it('given credentials that were tried too often, when others are sent, then Entra is not asked', async () => {
    const { services, entra } = testContext({ connectors: [aConnector()] });
    const attempt = () => ask('submitCredentials', { services, params, body: wrong });
    for (let n = 0; n < limits.credentials.quota; n++) expect((await attempt()).status).toBe(422);
    const { asked } = entra;

    const refused = await attempt();

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(refused.headers['RateLimit']).toMatch(/^"writes";r=\d+;t=\d+, "credentials";r=0;t=\d+$/);
    expect(entra.asked).toBe(asked);
  });
});
