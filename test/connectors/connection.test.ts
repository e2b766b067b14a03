import { connect, expire, renew, startDeleting } from '../../functions/connectors/connection';
import { maskName, statusOf } from '../../functions/connectors/connector';
import { warningsOf } from '../../functions/connectors/warnings';
import { aConnectedConnector, aConnector, now } from '../support/builders';

const later = new Date(now.getTime() + 86_400_000);
const reason = { code: 'grant_revoked', message: 'The sign-in was revoked.' };
const fixed = (expiresAt: string) =>
  aConnectedConnector({
    connection: { state: 'connected', expiresAt, expiresAtSource: 'client_secret' },
  });

describe('connection state machine', () => {
  it('connect keeps nothing of the expired connection', () => {
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

  it('renew clears the failures of a degraded connection', () => {
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
  ])('expire does not change a connector that is %s', (_, connector) => {
    expect(expire(connector, reason, later)).toBe(connector);
  });

  it.each([
    ['2026-01-15T12:00:00.000Z', 'connection_expired'],
    ['2026-01-15T12:00:00.001Z', 'connected'],
  ])('statusOf at noon maps expiry %s to %s', (expiresAt, status) => {
    expect(statusOf(fixed(expiresAt), now)).toBe(status);
  });
});

describe('warningsOf', () => {
  it.each([
    [
      'a secret that expires within two weeks',
      fixed('2026-01-29T12:00:00.000Z'),
      ['connection_expiring'],
    ],
    ['a secret that expires later', fixed('2026-01-29T12:00:00.001Z'), []],
    ['a sliding grant', aConnectedConnector(), []],
    [
      'a degraded connection',
      aConnectedConnector({ connection: { state: 'degraded' } }),
      ['connection_degraded'],
    ],
    ['no connection', aConnector(), []],
  ])('returns the warnings of %s', (_, connector, codes) => {
    expect(warningsOf(connector, now).map(({ code }) => code)).toEqual(codes);
  });
});

describe('maskName', () => {
  it.each([
    ['ada@contoso.example', 'a***@contoso.example'],
    ['a@b.example', 'a***@b.example'],
    ['Ada Lovelace', 'A***'],
    ['𝒜da', '𝒜***'],
    ['Ada @ Lovelace', 'A***'],
    ['Payroll@Contoso of Ada Lovelace', 'P***'],
    ['a@b@lovelace', 'a***'],
    ['@ada', '@***'],
  ])('masks %s as %s', (username, expected) => {
    expect(maskName(username)).toBe(expected);
  });
});
