/** What the renewal of a grant says about the connection, and what happens if it cannot be stored. */
import { InvocationContext } from '@azure/functions';
import { degrade, expire } from '../../functions/connectors/connection';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import {
  ServiceUnavailableError,
  ThrottledError,
  UpstreamError,
  type AppError,
} from '../../functions/errors/app-error';
import { appErrorOf, signInErrorByCode } from '../../functions/errors/classify-sign-in-error';
import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, now, owner } from '../support/builders';
import { testContext } from '../support/context';

const minute = 60;
const day = 24 * 60 * minute;
const key = { tenantId: owner.tenantId, connectorId: 'c1' };

const failures: readonly AppError[] = [
  // Key Vault only allows reads after a failover to another region.
  new UpstreamError('key_vault_refused', 'Key Vault denied access.', false),
  new ServiceUnavailableError('key_vault_unavailable', 'Not available.', true, undefined),
  new ThrottledError('dependency_throttled', 'Key Vault is throttling.', 10),
];

/** A day after the connection was made. */
async function dueContext() {
  const context = testContext({ connectors: [aConnectedConnector()] });
  const { secretStore, services, store } = context;
  await secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), {
    contentType: 'text/plain',
  });
  context.wait(day);
  const logged = jest.spyOn(console, 'error').mockImplementation();
  const invocation = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...context,
    logged: () => logged.mock.calls.flat().join('\n'),
    requestToken: () => services.accessTokens.forResourceManager(key),
    maintain: () => maintainConnections(services, invocation),
    stored: async () => (await store.get(key))!,
  };
}

afterEach(() => jest.restoreAllMocks());

describe.each(failures)('a vault that fails with $code', (failure) => {
  it('does not fail the sign-in', async () => {
    const { secretStore, requestToken, stored, logged } = await dueContext();
    const before = await stored();
    secretStore.put = () => Promise.reject(failure);

    await expect(requestToken()).resolves.toMatch(/^access-token/);

    expect(await stored()).toEqual(before);
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
    expect(logged()).toContain('renewal.not_stored');
  });

  it('fails the timer, whose next run stores the grant', async () => {
    const { secretStore, maintain, stored, wait } = await dueContext();
    const put = secretStore.put.bind(secretStore);
    secretStore.put = () => Promise.reject(failure);

    await expect(maintain()).rejects.toThrow('The renewed grant was not stored');
    secretStore.put = put;
    wait(15 * minute);
    await maintain();

    const { secrets, connection } = await stored();
    expect([secrets.grant?.version, connection.state]).toEqual(['v2', 'connected']);
  });
});

it('does not fail the sign-in if the connector cannot be written', async () => {
  const { store, requestToken, secretStore } = await dueContext();
  store.replace = () => Promise.reject(failures[1]!);

  await expect(requestToken()).resolves.toMatch(/^access-token/);

  // Whether the row names the new version is not known, so both stay.
  expect(secretStore.usable()).toEqual(['cn-c1-grant/v1', 'cn-c1-grant/v2']);
});

it('fails the timer while the vault refuses the app', async () => {
  const { secretStore, maintain } = await dueContext();
  secretStore.get = () => Promise.reject(failures[0]!);

  await expect(maintain()).rejects.toMatchObject({ code: 'key_vault_refused' });
});

const tokenRejected = { code: 'token_rejected', message: 'Azure rejected the access token.' };

it.each([
  ['expired', expire(aConnectedConnector(), tokenRejected, now), []],
  ['degraded', degrade(aConnectedConnector(), tokenRejected, now), ['connector.expired']],
] as const)(
  'does not bring back an %s connection that Azure rejects',
  async (_, connector, told) => {
    const rejection = appErrorOf(signInErrorByCode('token_rejected'));
    const { services, secretStore, store, wait } = testContext({
      connectors: [connector],
      azure: { assertSubscriptionAccess: () => Promise.reject(rejection) },
    });
    await secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), {
      contentType: 'text/plain',
    });
    const invocation = new InvocationContext({ invocationId: 'test', logHandler: () => {} });

    for (let run = 0; run < 3 * 96; run++) {
      wait(15 * minute);
      await maintainConnections(services, invocation);
    }

    const { connection, secrets } = (await store.get(key))!;
    expect([connection.state, connection.reason?.code]).toEqual(['expired', 'token_rejected']);
    expect(secrets.grant?.version).not.toBe('v1');
    const { items } = await services.events.list(key, { limit: 9 });
    expect(items.map(({ type }) => type)).toEqual(told);
  },
);

it('records a rejection although its confirmation renews the grant', async () => {
  const { services, secretStore, store, wait } = testContext({
    connectors: [aConnectedConnector()],
    azure: {
      assertSubscriptionAccess: () =>
        Promise.reject(appErrorOf(signInErrorByCode('token_rejected'))),
    },
  });
  await secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), {
    contentType: 'text/plain',
  });
  wait(day);

  expect(await services.accessTokens.confirmRejection(key)).toBe(true);

  const { connection, secrets } = (await store.get(key))!;
  expect(secrets.grant?.version).not.toBe('v1');
  expect([connection.state, connection.reason?.code]).toEqual(['expired', 'token_rejected']);
});
