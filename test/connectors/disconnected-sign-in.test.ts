import { connect, disconnect } from '../../functions/connectors/connection';
import { aConnectedConnector, aConnector, now, owner } from '../support/builders';

const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

const signIn = {
  connectedWith: 'oauth',
  account: { tenantId: owner.tenantId, clientId: 'app', objectId: owner.objectId },
  secrets: {},
  credentialOwner: { objectId: owner.objectId, displayName: owner.displayName },
  expiresAtSource: 'refresh_token_sliding',
} as const;

describe.each([
  ['connected', aConnectedConnector()],
  ['unconnected', aConnector()],
])('a disconnect of a %s connector', (_, connector) => {
  const disconnected = disconnect(connector, at(10), owner);

  it.each([
    ['before', 5],
    ['at the time of', 10],
  ])('refuses a sign-in that started %s it', (_when, seconds) => {
    const started = { ...signIn, startedAt: at(seconds).toISOString() };

    expect(() => connect(disconnected, started, at(20))).toThrow(
      expect.objectContaining({ code: 'sign_in_outdated' }),
    );
  });

  it('accepts a later sign-in, and still none from before', () => {
    const later = { ...signIn, startedAt: at(11).toISOString() };
    const earlier = { ...signIn, startedAt: at(9).toISOString() };

    const connected = connect(disconnected, later, at(20));

    expect(connected.connection.state).toBe('connected');
    expect(() => connect(connected, earlier, at(21))).toThrow(
      expect.objectContaining({ code: 'sign_in_outdated' }),
    );
  });
});
