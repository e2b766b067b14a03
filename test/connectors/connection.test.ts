import { connect, expire, renew, startDeleting } from '../../functions/connectors/connection';
import { masked, statusOf } from '../../functions/connectors/connector';
import { warningsOf } from '../../functions/connectors/warnings';
import { aConnectedConnector, aConnector, now } from '../support/builders';

const later = new Date(now.getTime() + 86_400_000);
const reason = { code: 'grant_revoked', message: 'The sign-in was revoked.' };
const fixed = (expiresAt: string) =>
  aConnectedConnector({
    connection: { state: 'connected', expiresAt, expiresAtSource: 'client_secret' },
  });

describe('the connection of a connector', () => {
  it('given one that expired, when it is connected again, then nothing of before is left but the connector', () => {
    const expired = expire(aConnectedConnector({ name: 'Kept' }), reason, now);

    const again = connect(
      expired,
      {
        connectedWith: 'client_credentials',
        account: { tenantId: 't', clientId: 'c' },
        secrets: { secret: { name: 'n', version: 'v', updatedAt: now.toISOString() } },
        credentialOwner: { objectId: 'o', displayName: 'O' },
        expiresAtSource: 'unknown',
      },
      later,
    );

    expect(again).toMatchObject({ name: 'Kept', connectedWith: 'client_credentials', version: 3 });
    expect(again.connection).toEqual({
      state: 'connected',
      connectedAt: later.toISOString(),
      lastVerifiedAt: later.toISOString(),
      lastRefreshAt: later.toISOString(),
      expiresAtSource: 'unknown',
    });
    expect(again.secrets.grant).toBeUndefined();
  });

  it('given one that is degraded, when its grant is renewed, then it is well again', () => {
    const degraded = aConnectedConnector({
      connection: { state: 'degraded', reason, refreshFailureDays: ['2026-01-14'] },
    });
    const grant = {
      name: 'n',
      version: 'v2',
      updatedAt: '',
      expiresAt: '2026-05-01T00:00:00.000Z',
    };

    const { connection, secrets } = renew(degraded, grant, later);

    expect(connection).toMatchObject({ state: 'connected', expiresAt: grant.expiresAt });
    expect(connection.reason ?? connection.refreshFailureDays).toBeUndefined();
    expect(secrets.grant).toEqual(grant);
  });

  it.each([
    ['unconnected', aConnector()],
    ['deleting', startDeleting(aConnector(), now)],
    ['expired', expire(aConnectedConnector(), reason, now)],
  ])('given one that is %s, when its grant is refused, then nothing changes', (_, connector) => {
    expect(expire(connector, reason, later)).toBe(connector);
  });

  it.each([
    ['2026-01-15T12:00:00.000Z', 'connection_expired'],
    ['2026-01-15T12:00:00.001Z', 'connected'],
  ])('given that it ends at %s, when it is noon, then it is %s', (expiresAt, status) => {
    expect(statusOf(fixed(expiresAt), now)).toBe(status);
  });
});

describe('the warnings of a connector', () => {
  it.each([
    [
      'a secret that ends within two weeks',
      fixed('2026-01-29T12:00:00.000Z'),
      ['connection_expiring'],
    ],
    ['a secret that ends later', fixed('2026-01-29T12:00:00.001Z'), []],
    ['a grant that slides', aConnectedConnector(), []],
    [
      'a sign-in that fails for now',
      aConnectedConnector({ connection: { state: 'degraded' } }),
      ['connection_degraded'],
    ],
    ['no connection', aConnector(), []],
  ])('given %s, when it is looked at, then that is said', (_, connector, codes) => {
    expect(warningsOf(connector, now).map(({ code }) => code)).toEqual(codes);
  });
});

describe('small rules', () => {
  it.each([
    ['ada@contoso.example', 'a***@contoso.example'],
    ['a@b.example', 'a***@b.example'],
  ])('given %s, when it is masked, then it is %s', (username, expected) => {
    expect(masked(username)).toBe(expected);
  });
});
