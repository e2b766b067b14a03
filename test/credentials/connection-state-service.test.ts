/** Rules of the connection state machine, checked for random sequences of changes. */
import fc from 'fast-check';
import { signInErrorByCode } from '../../functions/errors/classify-sign-in-error';
import {
  maxFailureDays,
  connect,
  degrade,
  degradeForDays,
  degradeIfLasting,
  expire,
  graceMs,
  isFailing,
  isOperational,
  isProbeDue,
  isWaiting,
  expireIfDue,
  maxProbes,
  recordProbe,
  recover,
  refuse,
  renew,
  recordFailure,
  unnoticedMs,
  verify,
} from '../../functions/connectors/connection';
import { statusOf, type Connector } from '../../functions/connectors/connector';
import { warningsOf } from '../../functions/connectors/warnings';
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
const uncertain = { ...reason, code: 'sign_in_failed' };
const grant = { name: 'cn-c1-grant', version: 'v2', updatedAt: now.toISOString() };
const signIn = {
  connectedWith: 'oauth',
  account: { tenantId: 't', clientId: 'c' },
  secrets: { grant },
  credentialOwner: { objectId: 'o', displayName: 'O' },
  expiresAtSource: 'refresh_token_sliding',
} as const;

/** Changes that record a failed sign-in. */
const failures = ['degrade', 'degradeForDays', 'degradeIfLasting', 'lock', 'refuse'] as const;

type Change = (connector: Connector, at: Date) => Connector;
const changes: Readonly<Record<string, Change>> = {
  connect: (connector, at) => connect(connector, signIn, at),
  renew: (connector, at) => renew(connector, grant, at),
  verify,
  recover,
  degrade: (connector, at) => degrade(connector, reason, at),
  degradeForDays: (connector, at) => degradeForDays(connector, uncertain, at),
  degradeIfLasting: (connector, at) => degradeIfLasting(connector, reason, at),
  recordFailure: (connector, at) => recordFailure(connector, reason, at),
  lock: (connector, at) => degrade(connector, reason, at, new Date(at.getTime() + hour)),
  refuse: (connector, at) => refuse(connector, expiryReason, at),
  recordProbe,
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
            !isOperational(before) &&
            !['connect', 'verify'].includes(change) &&
            after.connection.state !== before.connection.state,
        );
        expect(changed).toEqual([]);
      }),
    );
  });

  it('expires a connection after four days of uncertain failures only', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const badDays = new Set<string>();
        for (const { change, before, after, at } of transitionsOf(sequence)) {
          if (before !== after && ['connect', 'renew', 'verify'].includes(change)) badDays.clear();
          if (change === 'recover' && isFailing(before)) badDays.clear();
          if (!change.startsWith('degrade') && change !== 'lock') continue;
          const counts = change === 'degradeForDays' && isOperational(before);
          if (counts) badDays.add(at.toISOString().slice(0, 10));
          const hasExpired = isOperational(before) && !isOperational(after);
          expect(hasExpired).toBe(counts && badDays.size >= maxFailureDays);
        }
      }),
    );
  });

  it('shows every failure that lasts longer than an hour', () => {
    fc.assert(
      fc.property(sequences, fc.constantFrom(...failures), (sequence, failure) => {
        const { after, at } = [...transitionsOf(sequence)].at(-1) ?? {
          after: aConnector(),
          at: now,
        };
        const later = new Date(at.getTime() + unnoticedMs);

        const failing = changes[failure]!(changes[failure]!(after, at), later);

        const isShown = failing.connection.reason !== undefined;
        expect(isShown).toBe(failing.connection.state === 'expired' || isOperational(failing));
        expect(!isOperational(failing) || warningsOf(failing, later).length > 0).toBe(true);
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

describe('degradeForDays', () => {
  const failing = (days: number[]) =>
    days.reduce(
      (connector, day) => degradeForDays(connector, uncertain, dayAfter(day)),
      aConnectedConnector(),
    );
  const dayAfter = (day: number) => new Date(now.getTime() + day * 24 * hour);

  it.each([
    [[0], 'degraded', undefined],
    [[0, 0, 0, 0, 0], 'degraded', undefined],
    [[0, 1, 2], 'degraded', undefined],
    [[0, 1, 2, 3], 'expired', 'sign_in_failing'],
    [[0, 5, 9, 30], 'expired', 'sign_in_failing'],
  ])('maps failures on days %j to %s', (days, state, code) => {
    const { connection } = failing(days);

    expect(connection.state).toBe(state);
    expect(connection.reason?.code).toBe(code ?? 'sign_in_failed');
  });

  it('ignores a second failure of the same day and code', () => {
    const once = failing([0]);

    expect(degradeForDays(once, uncertain, now)).toBe(once);
  });

  it('counts no days of other failures', () => {
    const once = [0, 1, 2, 3, 4].reduce(
      (connector, day) => degrade(connector, reason, dayAfter(day)),
      failing([0]),
    );

    expect(once.connection).toMatchObject({ state: 'degraded', failingSince: now.toISOString() });
  });
});

describe('refuse', () => {
  const at = (ms: number) => new Date(now.getTime() + ms);

  it.each([
    [0, 'degraded'],
    [graceMs - 1, 'degraded'],
    [graceMs, 'expired'],
  ])('after %d ms with a new credential leaves it %s', (ms, state) => {
    const refused = refuse(aConnectedConnector(), expiryReason, at(ms));

    expect(refused.connection).toMatchObject({ state, reason: expiryReason });
  });

  it('is not final after a rotation', () => {
    const rotated = connect(aConnectedConnector(), signIn, at(100 * hour));

    const refused = refuse(rotated, expiryReason, at(100 * hour + graceMs - 1));

    expect(refused.connection.state).toBe('degraded');
    expect(recover(refused, at(101 * hour)).connection.state).toBe('connected');
  });
});

describe('failures that do not end the connection', () => {
  it('are cleared by a sign-in if the account was locked', () => {
    const until = new Date(now.getTime() + hour);
    const locked = degrade(aConnectedConnector(), reason, now, until);

    expect([isWaiting(locked, now), isWaiting(locked, until)]).toEqual([true, false]);
    expect(recover(locked, now).connection).toMatchObject({ state: 'connected' });
    expect(recover(locked, now).connection.waitUntil).toBeUndefined();
  });

  it('remain until Azure accepts a token if access was denied', () => {
    const noRole = recordFailure(aConnectedConnector(), reason, now);

    expect(recover(noRole, now)).toBe(noRole);
    expect(verify(noRole, now).connection.failure).toBeUndefined();
  });

  it('remain until Azure accepts a token if it rejected one', () => {
    const rejected = refuse(aConnectedConnector(), { ...reason, code: 'token_rejected' }, now);

    expect(recover(rejected, now)).toBe(rejected);
    expect(verify(rejected, now).connection).toMatchObject({ state: 'connected' });
  });

  it('of this service are not shown within an hour', () => {
    const once = degradeIfLasting(aConnectedConnector(), reason, now);
    const soon = degradeIfLasting(once, reason, new Date(now.getTime() + unnoticedMs - 1));

    expect(soon).toBe(once);
    expect([once.version, once.connection.state, isFailing(once)]).toEqual([1, 'connected', true]);
    expect(recover(once, now)).toEqual(aConnectedConnector());
  });

  it('do not exist after verify, which keeps the version', () => {
    const verified = verify(aConnectedConnector(), now);

    expect(verified).toMatchObject({
      version: 1,
      connection: { lastVerifiedAt: now.toISOString() },
    });
  });
});

describe('probes of an expired connection', () => {
  it('become rarer and end after a month', () => {
    let connector = expire(aConnectedConnector(), expiryReason, now);
    const hours: number[] = [];
    for (let time = 0; time < 60 * 24; time++) {
      const at = new Date(now.getTime() + time * hour);
      if (!isProbeDue(connector, at)) continue;
      hours.push(time);
      connector = recordProbe(connector, at);
    }

    expect(hours.slice(0, 7)).toEqual([1, 3, 7, 15, 31, 55, 79]);
    expect(hours).toHaveLength(maxProbes);
    expect(connector.version).toBe(2);
  });

  it.each([
    ['connected', aConnectedConnector()],
    ['disconnected', aConnector()],
    ['without a secret', { ...expire(aConnectedConnector(), expiryReason, now), secrets: {} }],
  ])('are not due if it is %s', (_, connector) => {
    expect(isProbeDue(connector, new Date(now.getTime() + 100 * hour))).toBe(false);
  });

  it('find that a declared date of expiry was wrong', () => {
    const declared = aConnectedConnector({
      connection: {
        state: 'connected',
        expiresAt: now.toISOString(),
        expiresAtSource: 'user_declared',
      },
    });

    const again = verify(expireIfDue(declared, now), now);

    expect(again.connection).toEqual({
      state: 'connected',
      lastVerifiedAt: now.toISOString(),
      expiresAtSource: 'unknown',
    });
    expect(statusOf(again, now)).toBe('connected');
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
