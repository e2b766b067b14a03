/** Rules of the connection state machine, checked for random sequences of changes. */
import fc from 'fast-check';
import { signInErrorByCode } from '../../functions/errors/classify-sign-in-error';
import {
  maxFailureDays,
  connect,
  degrade,
  expire,
  isOperational,
  expireIfDue,
  recover,
  renew,
  recordFailure,
  verify,
} from '../../functions/connectors/connection';
import { statusOf, type Connector } from '../../functions/connectors/connector';
import { aConnectedConnector, aConnector, now } from '../support/builders';

const hour = 3_600_000;
const reason = {
  code: 'idp_unavailable',
  message: 'Not now.',
  action: { kind: 'wait', label: '' },
};
const expiryReason = {
  code: 'grant_revoked',
  message: 'Over.',
  action: signInErrorByCode('grant_revoked').action,
};
const grant = { name: 'cn-c1-grant', version: 'v2', updatedAt: now.toISOString() };
const signIn = {
  connectedWith: 'oauth',
  account: { tenantId: 't', clientId: 'c' },
  secrets: { grant },
  credentialOwner: { objectId: 'o', displayName: 'O' },
  expiresAtSource: 'refresh_token_sliding',
} as const;

type Change = (connector: Connector, at: Date) => Connector;
const changes: Readonly<Record<string, Change>> = {
  connect: (connector, at) => connect(connector, signIn, at),
  renew: (connector, at) => (isOperational(connector) ? renew(connector, grant, at) : connector),
  verify,
  recover,
  degrade: (connector, at) => degrade(connector, reason, at),
  recordFailure: (connector, at) => recordFailure(connector, reason, at),
  lock: (connector, at) => recordFailure(connector, reason, at, new Date(at.getTime() + hour)),
  expire: (connector, at) => expire(connector, expiryReason, at),
  expireIfDue,
};
const sequences = fc.array(
  fc.record({ change: fc.constantFrom(...Object.keys(changes)), hours: fc.nat({ max: 60 }) }),
  { maxLength: 40 },
);

function* transitionsOf(sequence: readonly { change: string; hours: number }[]) {
  let connector = aConnector();
  let at = now.getTime();
  for (const { change, hours } of sequence) {
    at += hours * hour;
    const before = connector;
    connector = changes[change]!(connector, new Date(at));
    yield { change, before, after: connector, at: new Date(at) };
  }
}

describe('any sequence of changes', () => {
  it('gives an unhealthy connection a reason and an action', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        for (const { after } of transitionsOf(sequence)) {
          const { state, reason: given } = after.connection;
          expect(given !== undefined).toBe(state === 'degraded' || state === 'expired');
          expect(given?.action !== undefined).toBe(given !== undefined);
        }
      }),
    );
  });

  it('leaves expired and unconnected connections as they are until a sign-in', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const changed = [...transitionsOf(sequence)].filter(
          ({ change, before, after }) =>
            !isOperational(before) && change !== 'connect' && after !== before,
        );
        expect(changed).toEqual([]);
      }),
    );
  });

  it('expires a failing connection after four days without success', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const badDays = new Set<string>();
        for (const { change, before, after, at } of transitionsOf(sequence)) {
          if (before !== after && ['connect', 'renew', 'verify', 'recover'].includes(change))
            badDays.clear();
          if (change !== 'degrade') continue;
          if (isOperational(before)) badDays.add(at.toISOString().slice(0, 10));
          const hasExpired = isOperational(before) && !isOperational(after);
          expect(hasExpired).toBe(isOperational(before) && badDays.size >= maxFailureDays);
        }
      }),
    );
  });

  it('raises the version with every visible change', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const withoutVersion = [...transitionsOf(sequence)].filter(({ before, after, at }) => {
          const seen = (one: Connector) =>
            JSON.stringify([statusOf(one, at), one.connection.reason]);
          return seen(before) !== seen(after) && after.version !== before.version + 1;
        });
        expect(withoutVersion).toEqual([]);
      }),
    );
  });
});

describe('degrade', () => {
  const failing = (days: number[]) =>
    days.reduce(
      (connector, day) => degrade(connector, reason, new Date(now.getTime() + day * 24 * hour)),
      aConnectedConnector(),
    );

  it.each([
    [[0], 'degraded', undefined],
    [[0, 0, 0, 0, 0], 'degraded', undefined],
    [[0, 1, 2], 'degraded', undefined],
    [[0, 1, 2, 3], 'expired', 'sign_in_failing'],
    [[0, 5, 9, 30], 'expired', 'sign_in_failing'],
  ])('maps failures on days %j to %s', (days, state, code) => {
    const { connection } = failing(days);

    expect(connection.state).toBe(state);
    expect(connection.reason?.code).toBe(code ?? 'idp_unavailable');
  });

  it('ignores a second failure of the same day and code', () => {
    const once = failing([0]);

    expect(degrade(once, reason, now)).toBe(once);
  });
});

describe('failures that do not end the connection', () => {
  it('are cleared by a sign-in if the account was locked', () => {
    const locked = recordFailure(
      aConnectedConnector(),
      reason,
      now,
      new Date(now.getTime() + hour),
    );

    expect(locked.connection.state).toBe('connected');
    expect(recover(locked, now).connection.failure).toBeUndefined();
  });

  it('remain until Azure accepts a token if access was denied', () => {
    const noRole = recordFailure(aConnectedConnector(), reason, now);

    expect(recover(noRole, now)).toBe(noRole);
    expect(verify(noRole, now).connection.failure).toBeUndefined();
  });

  it('do not exist after verify, which keeps the version', () => {
    const verified = verify(aConnectedConnector(), now);

    expect(verified).toMatchObject({
      version: 1,
      connection: { lastVerifiedAt: now.toISOString() },
    });
  });
});

describe('expireIfDue', () => {
  it.each([
    ['client_secret', 'client_secret_expired', 'update_secret'],
    ['user_declared', 'client_secret_expired', 'update_secret'],
    ['refresh_token_sliding', 'grant_expired', 'reconnect'],
  ] as const)('expires a %s date with the reason %s', (expiresAtSource, code, kind) => {
    const connector = aConnectedConnector({
      connection: { state: 'connected', expiresAt: now.toISOString(), expiresAtSource },
    });

    expect(expireIfDue(connector, now).connection).toMatchObject({
      state: 'expired',
      reason: { code, action: { kind } },
    });
  });
});
