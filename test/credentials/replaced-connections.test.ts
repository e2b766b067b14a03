/** A person connects anew while a timer checks the old connection. */
import { InvocationContext } from '@azure/functions';
import { connect, degrade, expire } from '../../functions/connectors/connection';
import type { Connector } from '../../functions/connectors/connector';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import { appErrorOf, signInErrorByCode } from '../../functions/errors/classify-sign-in-error';
import type { SignInErrorCode } from '../../functions/errors/sign-in-errors';
import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, now, owner } from '../support/builders';
import { testContext } from '../support/context';

const hour = 3_600;
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const contentType = 'text/plain';
const failing = { code: 'idp_unavailable', message: 'Entra does not respond.' };

/** Azure refuses the token of the old connection alone, after the person has connected anew. */
async function reconnectedDuringCheck(connector: Connector, refusal: SignInErrorCode) {
  let checks = 0;
  const context = testContext({
    connectors: [connector],
    azure: {
      async assertSubscriptionAccess() {
        if (++checks > 1) return;
        const { store, secretStore } = context;
        const read = (await store.get(key))!;
        const version = await secretStore.put('cn-c1-grant', new Secret('refresh-token-new'), {
          contentType,
        });
        const { account, credentialOwner } = read;
        const at = new Date(now.getTime() + hour * 1_000);
        const connected = connect(
          read,
          {
            connectedWith: 'oauth',
            account: account!,
            credentialOwner: credentialOwner!,
            secrets: { grant: { name: 'cn-c1-grant', version, updatedAt: at.toISOString() } },
            expiresAt: new Date(at.getTime() + 90 * 86_400_000).toISOString(),
            expiresAtSource: 'refresh_token_sliding',
          },
          at,
        );
        await store.replace({ ...connected, etag: read.etag }, []);
        throw appErrorOf(signInErrorByCode(refusal));
      },
    },
  });
  const { secretStore, services, store, wait } = context;
  await secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), { contentType });
  wait(hour);
  await maintainConnections(
    services,
    new InvocationContext({ invocationId: 'test', logHandler: () => {} }),
  );
  return (await store.get(key))!.connection;
}

describe.each([
  ['expired', () => expire(aConnectedConnector(), failing, now)],
  ['degraded', () => degrade(aConnectedConnector(), failing, now)],
] as const)('a check while a person replaces it (%s)', (_, connector) => {
  it.each(['access_denied_arm', 'token_rejected'] as const)(
    'leaves the new connection as it is after %s',
    async (refusal) => {
      const connection = await reconnectedDuringCheck(connector(), refusal);

      expect(connection.state).toBe('connected');
      expect([connection.failure, connection.reason]).toEqual([undefined, undefined]);
    },
  );
});
