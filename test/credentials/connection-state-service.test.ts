/** The state machine of a connection, held to its rules whatever happens to it in whatever order. */
import fc from 'fast-check';
import { signInErrorByCode } from '../../functions/errors/classify-sign-in-error';
import {
  maxFailureDays,
  connect,
  degrade,
  expire,
  isOperational,
  lapse,
  recover,
  renew,
  trouble,
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
const ended = {
  code: 'grant_revoked',
  message: 'Over.',
  action: signInErrorByCode('grant_revoked').action,
};
const grant = { name: 'cn-c1-grant', version: 'v2', updatedAt: now.toISOString() };
const proof = {
  connectedWith: 'oauth',
  account: { tenantId: 't', clientId: 'c' },
  secrets: { grant },
  credentialOwner: { objectId: 'o', displayName: 'O' },
  expiresAtSource: 'refresh_token_sliding',
} as const;

type Change = (connector: Connector, at: Date) => Connector;
const changes: Readonly<Record<string, Change>> = {
  connect: (connector, at) => connect(connector, proof, at),
  renew: (connector, at) => (isOperational(connector) ? renew(connector, grant, at) : connector),
  verify,
  recover,
  degrade: (connector, at) => degrade(connector, reason, at),
  trouble: (connector, at) => trouble(connector, reason, at),
  lock: (connector, at) => trouble(connector, reason, at, new Date(at.getTime() + hour)),
  expire: (connector, at) => expire(connector, ended, at),
  lapse,
};
const stories = fc.array(
  fc.record({ change: fc.constantFrom(...Object.keys(changes)), hours: fc.nat({ max: 60 }) }),
  { maxLength: 40 },
);

function* lived(story: readonly { change: string; hours: number }[]) {
  let connector = aConnector();
  let at = now.getTime();
  for (const { change, hours } of story) {
    at += hours * hour;
    const before = connector;
    connector = changes[change]!(connector, new Date(at));
    yield { change, before, after: connector, at: new Date(at) };
  }
}

describe('any story of a connection', () => {
  it('given whatever happens, when it is not well, then it says why and what to do', () => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const { after } of lived(story)) {
          const { state, reason: why } = after.connection;
          expect(why !== undefined).toBe(state === 'degraded' || state === 'expired');
          expect(why?.action !== undefined).toBe(why !== undefined);
        }
      }),
    );
  });

  it('given one that is expired or never was connected, when anything but a sign-in happens, then it stays so', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const moved = [...lived(story)].filter(
          ({ change, before, after }) =>
            !isOperational(before) && change !== 'connect' && after !== before,
        );
        expect(moved).toEqual([]);
      }),
    );
  });

  it('given transient failures, when they end a connection, then only after four bad days without success', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const badDays = new Set<string>();
        for (const { change, before, after, at } of lived(story)) {
          if (before !== after && ['connect', 'renew', 'verify', 'recover'].includes(change))
            badDays.clear();
          if (change !== 'degrade') continue;
          if (isOperational(before)) badDays.add(at.toISOString().slice(0, 10));
          const isOver = isOperational(before) && !isOperational(after);
          expect(isOver).toBe(isOperational(before) && badDays.size >= maxFailureDays);
        }
      }),
    );
  });

  it('given any change, when callers can see it, then the version moved', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const silent = [...lived(story)].filter(({ before, after, at }) => {
          const seen = (one: Connector) =>
            JSON.stringify([statusOf(one, at), one.connection.reason]);
          return seen(before) !== seen(after) && after.version !== before.version + 1;
        });
        expect(silent).toEqual([]);
      }),
    );
  });
});

describe('degrading', () => {
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
  ])('given failures on days %j, when they are counted, then it is %s', (days, state, code) => {
    const { connection } = failing(days);

    expect(connection.state).toBe(state);
    expect(connection.reason?.code).toBe(code ?? 'idp_unavailable');
  });

  it('given a second failure of the same day and kind, when it is noted, then nothing is written', () => {
    const once = failing([0]);

    expect(degrade(once, reason, now)).toBe(once);
  });
});

describe('trouble that is not the end', () => {
  it('given a locked account, when a sign-in succeeds again, then the trouble is over', () => {
    const locked = trouble(aConnectedConnector(), reason, now, new Date(now.getTime() + hour));

    expect(locked.connection.state).toBe('connected');
    expect(recover(locked, now).connection.trouble).toBeUndefined();
  });

  it('given no access in Azure, when Entra gives a token, then the trouble stays until Azure answers', () => {
    const noRole = trouble(aConnectedConnector(), reason, now);

    expect(recover(noRole, now)).toBe(noRole);
    expect(verify(noRole, now).connection.trouble).toBeUndefined();
  });

  it('given a connection that is well, when it is verified, then callers’ versions stay good', () => {
    const verified = verify(aConnectedConnector(), now);

    expect(verified).toMatchObject({
      version: 1,
      connection: { lastVerifiedAt: now.toISOString() },
    });
  });
});

describe('a date that passes', () => {
  it.each([
    ['client_secret', 'client_secret_expired', 'update_secret'],
    ['user_declared', 'client_secret_expired', 'update_secret'],
    ['refresh_token_sliding', 'grant_expired', 'reconnect'],
  ] as const)(
    'given a date from %s, when it has passed, then the reason is %s',
    (expiresAtSource, code, kind) => {
      const connector = aConnectedConnector({
        connection: { state: 'connected', expiresAt: now.toISOString(), expiresAtSource },
      });

      expect(lapse(connector, now).connection).toMatchObject({
        state: 'expired',
        reason: { code, action: { kind } },
      });
    },
  );
});
