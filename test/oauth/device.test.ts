import { inspect } from 'node:util';
import { UpstreamError } from '../../functions/errors/app-error';
import type { DeviceFlowInput } from '../../functions/oauth/device-session';
import { callEndpoint, logged } from '../support/call-endpoint';
import {
  aConnectedConnector,
  aConnector,
  owner,
  viewer,
  ownerOfOtherTenant,
} from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const otherObjectId = 'c0c0a000-0000-4000-8000-000000000012';
const deviceCode = 'device-code-of-entra';

function deviceContext(overrides: TestContextOptions = {}) {
  const context = testContext({ connectors: [aConnector()], ...overrides });
  const { services, durableClient } = context;
  return {
    ...context,
    start: async (body?: object) =>
      (await callEndpoint('startDeviceSession', { services, params, ...(body && { body }) })).json,
    poll: () =>
      services.deviceSessions.poll(durableClient.started.at(-1)!.input as DeviceFlowInput),
    session: async (id: string) =>
      (await callEndpoint('getDeviceSession', { services, params: { ...params, sessionId: id } }))
        .json,
    cancel: (id: string) =>
      callEndpoint('cancelDeviceSession', { services, params: { ...params, sessionId: id } }),
    connector: async () => (await callEndpoint('getConnector', { services, params })).json,
    attempts: async () =>
      (await callEndpoint('listConnectionAttempts', { services, params })).json.items,
  };
}

describe('device session', () => {
  it('starts with a user code and instructions', async () => {
    const { services, secretStore } = deviceContext();

    const response = await callEndpoint('startDeviceSession', { services, params });

    expect(response).toMatchObject({
      status: 201,
      headers: { Location: `/api/connectors/c1/device-sessions/${response.json.id}` },
      json: {
        userCode: 'ABCDEFGH9',
        verificationUri: 'https://login.example/device',
        message: expect.stringContaining(
          'https://login.example/device and enter the code ABCDEFGH9.',
        ),
        pollIntervalMs: 5_000,
        expiresAt: '2026-01-15T12:15:00.000Z',
      },
    });
    expect(secretStore.usable()).toEqual([`dc-${response.json.id}/v1`]);
  });

  it('is pending until the person signs in', async () => {
    const { start, poll, session, connector } = deviceContext();
    const { id } = await start();

    expect(await poll()).toEqual({ done: false });
    expect(await session(id)).toMatchObject({ status: 'pending', userCode: 'ABCDEFGH9' });
    expect((await connector()).status).toBe('unconnected');
  });

  it('connects the connector and deletes the device code', async () => {
    const { start, poll, session, connector, secretStore, entra } = deviceContext();
    const { id } = await start();
    entra.device = 'accepted';

    expect(await poll()).toEqual({ done: true });

    expect(await session(id)).toMatchObject({ status: 'succeeded', outcome: { code: 'ok' } });
    expect(await connector()).toMatchObject({
      status: 'connected',
      connectedWith: 'device_code',
      account: { objectId: owner.objectId },
      connectionExpiresAtSource: 'refresh_token_sliding',
    });
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v2']);
  });

  it('renews the grant with the customer’s own app', async () => {
    const { start, poll, entra, services, connector } = deviceContext();
    const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
    await start({ clientId });
    entra.device = 'accepted';
    await poll();

    await services.accessTokens.forResourceManager(key);

    expect((await connector()).account.clientId).toBe(clientId);
    expect(entra.renewedWith).toEqual({ clientId });
  });

  it('fails for an asker who left meanwhile', async () => {
    const { start, poll, session, connector, secretStore, entra, leaverStore } = deviceContext();
    const { id } = await start();
    entra.device = 'accepted';
    const directory = { tenantId: owner.tenantId, connectionId: 'scim-1' };
    await leaverStore.put(directory, 'U1', owner.objectId, 'left');

    await poll();

    expect(await session(id)).toMatchObject({ outcome: { code: 'person_deactivated' } });
    expect([(await connector()).status, secretStore.usable()]).toEqual(['unconnected', []]);
  });

  it('fails if the person declines', async () => {
    const { start, poll, session, secretStore, entra } = deviceContext();
    const { id } = await start();
    entra.device = 'declined';

    await poll();

    expect(await session(id)).toMatchObject({
      status: 'failed',
      outcome: { code: 'consent_declined', action: { kind: 'try_again' } },
    });
    expect(secretStore.usable()).toEqual([]);
  });

  it('refuses another account unless it is allowed', async () => {
    const { start, poll, session, connector, entra } = deviceContext();
    entra.device = 'accepted';
    entra.signedIn = { objectId: otherObjectId };

    const strict = await start();
    await poll();
    const allowed = await start({ allowAccountChange: true });
    await poll();

    expect((await session(strict.id)).outcome.code).toBe('account_mismatch');
    expect((await session(allowed.id)).status).toBe('succeeded');
    expect((await connector()).account.objectId).toBe(otherObjectId);
  });

  it('expires after fifteen minutes', async () => {
    const { start, poll, session, secretStore, wait } = deviceContext();
    const { id } = await start();
    wait(901);

    expect(await poll()).toEqual({ done: true });
    expect(await session(id)).toMatchObject({
      status: 'expired',
      outcome: { code: 'session_expired' },
    });
    expect(secretStore.usable()).toEqual([]);
  });

  it('connects nothing after it was cancelled', async () => {
    const { start, poll, session, cancel, connector, entra, durableClient, secretStore } =
      deviceContext();
    const { id } = await start();

    expect((await cancel(id)).status).toBe(204);
    entra.device = 'accepted';
    await poll();

    expect(durableClient.raised).toEqual([`device-${id} cancel`]);
    expect(await session(id)).toMatchObject({ status: 'cancelled' });
    expect((await connector()).status).toBe('unconnected');
    expect(secretStore.usable()).toEqual([]);
  });

  it('records who cancelled it', async () => {
    const { start, services, eventStore } = deviceContext();
    const { id } = await start();
    const other = { ...owner, objectId: otherObjectId, displayName: 'Grace Hopper' };

    for (const _ of [1, 2])
      await callEndpoint('cancelDeviceSession', {
        services,
        params: { ...params, sessionId: id },
        as: other,
      });

    expect(eventStore.all().filter(({ type }) => type === 'device.session_cancelled')).toEqual([
      expect.objectContaining({
        actor: { objectId: otherObjectId, displayName: 'Grace Hopper' },
        data: { attemptId: id },
      }),
    ]);
  });

  it.each([
    ['by default', {}, owner.tenantId],
    ['with any account', { allowAccountChange: true }, owner.tenantId],
    ['named by domain', { tenantId: 'contoso.example' }, owner.tenantId],
  ])('is bound to one tenant %s', async (_, body, tenant) => {
    const { start, entra } = deviceContext();
    const requestCode = jest.spyOn(entra, 'requestCode');

    await start(body);

    expect(requestCode).toHaveBeenCalledWith(tenant, undefined);
  });

  it.each([ownerOfOtherTenant.tenantId, 'fabrikam.example'])(
    'requests no code for the tenant %s, which is not allowed',
    async (tenantId) => {
      const { services, entra } = deviceContext();

      const response = await callEndpoint('startDeviceSession', {
        services,
        params,
        body: { tenantId, allowAccountChange: true },
      });

      expect(response).toMatchObject({ status: 422, json: { code: 'account_tenant_not_allowed' } });
      expect(entra.requests).toBe(0);
    },
  );

  it('refuses an account of another tenant', async () => {
    const { start, poll, session, connector, entra, secretStore } = deviceContext();
    entra.device = 'accepted';
    entra.signedIn = { tenantId: ownerOfOtherTenant.tenantId };
    const { id } = await start({ allowAccountChange: true });

    await poll();

    expect((await session(id)).outcome.code).toBe('tenant_mismatch');
    expect((await connector()).status).toBe('unconnected');
    expect(secretStore.usable()).toEqual([]);
  });

  it('is cancelled when its connector is disconnected', async () => {
    const { start, poll, session, services, connector, entra } = deviceContext();
    const { id } = await start();

    await callEndpoint('disconnectConnector', { services, params });
    entra.device = 'accepted';
    await poll();

    expect((await session(id)).status).toBe('cancelled');
    expect((await connector()).status).toBe('unconnected');
  });

  it('is superseded by a later session', async () => {
    const { start, session, attempts, wait } = deviceContext();
    const first = await start();
    wait(1);

    const second = await start();

    expect((await session(first.id)).outcome.code).toBe('session_superseded');
    expect((await attempts()).map(({ id, status }: any) => [id, status])).toEqual([
      [second.id, 'pending'],
      [first.id, 'superseded'],
    ]);
  });

  it('stays open once if ten start at the same time', async () => {
    const { start, attempts } = deviceContext();

    await Promise.all(Array.from({ length: 10 }, () => start()));

    const [last, ...others] = (await attempts()).map(({ status }: any) => status);
    expect([last, ...new Set(others)]).toEqual(['pending', 'superseded']);
  });

  it('does not exist if Key Vault cannot store the device code', async () => {
    const { services, secretStore, attempts, poll, wait, eventStore } = deviceContext();
    secretStore.put = () =>
      Promise.reject(new UpstreamError('key_vault_unavailable', 'no response', true));

    const response = await callEndpoint('startDeviceSession', { services, params });

    expect(response).toMatchObject({ status: 503, json: { code: 'key_vault_unavailable' } });
    expect([await attempts(), eventStore.all()]).toEqual([[], []]);
    wait(120);
    expect(await poll()).toEqual({ done: true });
  });

  it('deletes the device code if the session cannot be stored', async () => {
    const { services, secretStore, connectionAttemptStore, poll, wait } = deviceContext();
    jest.spyOn(connectionAttemptStore, 'create').mockRejectedValueOnce(new Error('down'));

    const { status } = await callEndpoint('startDeviceSession', { services, params });
    const early = await poll();
    wait(120);
    const late = await poll();

    expect([status, early, late]).toEqual([500, { done: false }, { done: true }]);
    expect(secretStore.usable()).toEqual([]);
  });

  it('fails if a poll stopped after the sign-in', async () => {
    const { start, poll, session, connectionAttemptStore } = deviceContext();
    const { id } = await start();
    const stored = await connectionAttemptStore.get(key, id);
    await connectionAttemptStore.replace({ ...stored!, state: 'consumed' });

    await poll();

    expect((await session(id)).outcome.code).toBe('sign_in_interrupted');
  });

  it('succeeds if a poll stopped after it had connected', async () => {
    const { start, poll, session, entra, connectionAttemptStore } = deviceContext();
    const { id } = await start();
    entra.device = 'accepted';
    const replace = connectionAttemptStore.replace.bind(connectionAttemptStore);
    jest
      .spyOn(connectionAttemptStore, 'replace')
      .mockImplementationOnce(replace)
      .mockRejectedValueOnce(new Error('the process ended'));
    jest.spyOn(console, 'error').mockReturnValueOnce();
    await poll();

    await poll();

    expect(await session(id)).toMatchObject({
      status: 'succeeded',
      account: { objectId: owner.objectId },
    });
  });

  it('connects once although ten polls run', async () => {
    const { start, poll, session, entra, secretStore } = deviceContext();
    const { id } = await start();
    entra.device = 'accepted';

    await Promise.all(Array.from({ length: 10 }, poll));

    expect((await session(id)).status).toBe('succeeded');
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v2']);
  });

  it('is hidden from Viewers and other tenants', async () => {
    const { services, start } = deviceContext({ connectors: [aConnectedConnector()] });
    const { id } = await start();

    const forbidden = await callEndpoint('startDeviceSession', { services, params, as: viewer });
    const other = await callEndpoint('getDeviceSession', {
      services,
      params: { ...params, sessionId: id },
      as: ownerOfOtherTenant,
    });

    expect([forbidden.status, other.status]).toEqual([403, 404]);
  });

  it('leaks no device code into responses, logs or rows', async () => {
    const { start, poll, entra, durableClient, connectionAttemptStore } = deviceContext();
    const results = [await start()];
    entra.device = 'accepted';
    results.push(await poll());
    const rows = await connectionAttemptStore.list(key, { limit: 10 });

    const text = inspect([results, logged, durableClient.started, rows], { depth: 20 });

    expect(text).toContain('ABCDEFGH9');
    expect(text).not.toContain(deviceCode);
  });
});
