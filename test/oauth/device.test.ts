import { inspect } from 'node:util';
import { UpstreamError } from '../../functions/errors/app-error';
import type { DeviceFlowInput } from '../../functions/oauth/device-session';
import { ask, logged } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar, mallory } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const grace = 'c0c0a000-0000-4000-8000-000000000012';
const deviceCode = 'device-code-of-entra';

function device(given: TestContextOptions = {}) {
  const world = testContext({ connectors: [aConnector()], ...given });
  const { services, durableClient } = world;
  return {
    ...world,
    begin: async (body?: object) =>
      (await ask('startDeviceSession', { services, params, ...(body && { body }) })).json,
    look: () => services.devices.look(durableClient.started.at(-1)!.input as DeviceFlowInput),
    session: async (sid: string) =>
      (await ask('getDeviceSession', { services, params: { ...params, sessionId: sid } })).json,
    cancel: (sid: string) => ask('cancelDeviceSession', { services, params: { ...params, sessionId: sid } }),
    connector: async () => (await ask('getConnector', { services, params })).json,
    attempts: async () => (await ask('listAttempts', { services, params })).json.items,
  };
}

describe('signing in on another device', () => {
  it('given a connector, when a code is asked for, then the person is told where to type what', async () => {
    const { services, vault } = device();

    const answer = await ask('startDeviceSession', { services, params });

    expect(answer).toMatchObject({
      status: 201,
      headers: { Location: `/api/connectors/c1/device-sessions/${answer.json.id}` },
      json: {
        userCode: 'ABCDEFGH9',
        verificationUri: 'https://login.example/device',
        message: 'Open https://login.example/device and enter the code ABCDEFGH9.',
        intervalSeconds: 5,
        expiresAt: '2026-01-15T12:15:00.000Z',
      },
    });
    expect(vault.usable()).toEqual([`dc-${answer.json.id}/v1`]);
  });

  it('given nobody has signed in yet, when Entra is asked, then it waits and the connector is as it was', async () => {
    const { begin, look, session, connector } = device();
    const { id } = await begin();

    expect(await look()).toEqual({ over: false });
    expect(await session(id)).toMatchObject({ status: 'pending', userCode: 'ABCDEFGH9' });
    expect((await connector()).status).toBe('unconnected');
  });

  it('given the person has signed in, when Entra is asked, then the connector is connected and the code is gone', async () => {
    const { begin, look, session, connector, vault, entra } = device();
    const { id } = await begin();
    entra.device = 'accepted';

    expect(await look()).toEqual({ over: true });

    expect(await session(id)).toMatchObject({ status: 'succeeded', outcome: { code: 'ok' } });
    expect(await connector()).toMatchObject({
      status: 'connected',
      connectedWith: 'device_code',
      account: { objectId: ada.objectId },
      connectionExpiresAtSource: 'refresh_token_sliding',
    });
    expect(vault.usable()).toEqual(['cn-c1-grant/v2']);
  });

  it('given the customer’s own app, when a token is asked for later, then the grant is renewed with that app', async () => {
    const { begin, look, entra, services, connector } = device();
    const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
    await begin({ clientId });
    entra.device = 'accepted';
    await look();

    await services.accessTokens.forResourceManager(ada.tenantId, 'c1');

    expect((await connector()).account.clientId).toBe(clientId);
    expect(entra.renewedWith).toEqual({ clientId });
  });

  it('given the person declined, when Entra is asked, then that is the outcome and the code is gone', async () => {
    const { begin, look, session, vault, entra } = device();
    const { id } = await begin();
    entra.device = 'declined';

    await look();

    expect(await session(id)).toMatchObject({
      status: 'failed',
      outcome: { code: 'consent_declined', action: { kind: 'try_again' } },
    });
    expect(vault.usable()).toEqual([]);
  });

  it('given another account signs in, when Entra is asked, then it is refused unless the Owner allowed it', async () => {
    const { begin, look, session, connector, entra } = device();
    entra.device = 'accepted';
    entra.signedIn = { objectId: grace };

    const strict = await begin();
    await look();
    const allowed = await begin({ allowAccountChange: true });
    await look();

    expect((await session(strict.id)).outcome.code).toBe('account_mismatch');
    expect((await session(allowed.id)).status).toBe('succeeded');
    expect((await connector()).account.objectId).toBe(grace);
  });

  it('given it took too long, when Entra is asked, then it is over and says so', async () => {
    const { begin, look, session, vault, wait } = device();
    const { id } = await begin();
    wait(901);

    expect(await look()).toEqual({ over: true });
    expect(await session(id)).toMatchObject({
      status: 'expired',
      outcome: { code: 'session_expired' },
    });
    expect(vault.usable()).toEqual([]);
  });

  it('given it was cancelled, when the person signs in all the same, then nothing is connected', async () => {
    const { begin, look, session, cancel, connector, entra, durableClient, vault } = device();
    const { id } = await begin();

    expect((await cancel(id)).status).toBe(204);
    entra.device = 'accepted';
    await look();

    expect(durableClient.raised).toEqual([`device-${id} cancel`]);
    expect(await session(id)).toMatchObject({ status: 'cancelled' });
    expect((await connector()).status).toBe('unconnected');
    expect(vault.usable()).toEqual([]);
  });

  it('given a later sign-in, when the first one is looked at, then it says that it was superseded', async () => {
    const { begin, session, attempts, wait } = device();
    const first = await begin();
    wait(1);

    const second = await begin();

    expect((await session(first.id)).outcome.code).toBe('session_superseded');
    expect((await attempts()).map(({ id, status }: any) => [id, status])).toEqual([
      [second.id, 'pending'],
      [first.id, 'superseded'],
    ]);
  });

  it('given a vault out of order, when a code is asked for, then nothing is left and the attempt says why', async () => {
    const { services, vault, attempts, look } = device();
    vault.put = () => Promise.reject(new UpstreamError('key_vault_unavailable', 'no answer', true));

    const answer = await ask('startDeviceSession', { services, params });

    expect(answer).toMatchObject({ status: 503, json: { code: 'key_vault_unavailable' } });
    expect(await attempts()).toMatchObject([
      { status: 'failed', outcome: { code: 'key_vault_unavailable' } },
    ]);
    expect(await look()).toEqual({ over: true });
  });

  it('given a look that was cut off with the sign-in in its hands, when it is repeated, then the person is asked to start again', async () => {
    const { begin, look, session, connectionAttemptStore } = device();
    const { id } = await begin();
    const stored = await connectionAttemptStore.get(ada.tenantId, 'c1', id);
    await connectionAttemptStore.replace({ ...stored!, state: 'consumed' });

    await look();

    expect((await session(id)).outcome.code).toBe('sign_in_interrupted');
  });

  it('given ten looks at once, when the person has signed in, then the connector is connected once', async () => {
    const { begin, look, session, entra, vault } = device();
    const { id } = await begin();
    entra.device = 'accepted';

    await Promise.all(Array.from({ length: 10 }, look));

    expect((await session(id)).status).toBe('succeeded');
    expect(vault.usable()).toEqual(['cn-c1-grant/v2']);
  });

  it('given strangers, when they ask, then a Viewer may not and another tenant finds nothing', async () => {
    const { services, begin } = device({ connectors: [aConnectedConnector()] });
    const { id } = await begin();

    const viewer = await ask('startDeviceSession', { services, params, as: edgar });
    const other = await ask('getDeviceSession', {
      services,
      params: { ...params, sessionId: id },
      as: mallory,
    });

    expect([viewer.status, other.status]).toEqual([403, 404]);
  });

  it('given a sign-in from end to end, when all that was said and stored is read, then the device code is nowhere', async () => {
    const { begin, look, entra, durableClient, connectionAttemptStore } = device();
    const said = [await begin()];
    entra.device = 'accepted';
    said.push(await look());
    const rows = await connectionAttemptStore.list(ada.tenantId, 'c1', { limit: 10 });

    const text = inspect([said, logged, durableClient.started, rows], { depth: 20 });

    expect(text).toContain('ABCDEFGH9');
    expect(text).not.toContain(deviceCode);
  });
});
