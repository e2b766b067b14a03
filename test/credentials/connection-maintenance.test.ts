/** What timers do for connections: renew in time and once, give notice once, tell of ends and recoveries. */
import {
  signInErrorByCode,
  refusal,
  appErrorOf,
} from '../../functions/errors/classify-sign-in-error';
import type { Connector } from '../../functions/connectors/connector';
import {
  dueReminder,
  isRenewalDue,
  reminderDays,
} from '../../functions/credentials/renewal-schedule';
import {
  verifyConnections,
  maintainConnections,
} from '../../functions/credentials/maintain-connections.timer';
import { Secret } from '../../functions/secrets/secret';
import { InvocationContext } from '@azure/functions';
import { aConnectedConnector, ada, now } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const ids = Array.from({ length: 200 }, (_, n) => `c${n}`);

const declared = (expiresAt: string) =>
  aConnectedConnector({
    connectedWith: 'client_credentials',
    secrets: { secret: { name: 'cn-c1-secret', version: 'v9', updatedAt: now.toISOString() } },
    connection: {
      state: 'connected',
      connectedAt: now.toISOString(),
      expiresAt,
      expiresAtSource: 'user_declared',
    },
  });

async function world(connector: Connector = aConnectedConnector(), more: TestContextOptions = {}) {
  const world = testContext({ connectors: [connector], ...more });
  await world.vault.put('cn-c1-grant', new Secret('refresh-token-0'), {
    contentType: 'text/plain',
  });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...world,
    keep: () => maintainConnections(world.services, context),
    probe: () => verifyConnections(world.services, context),
    stored: async () => (await world.store.get(ada.tenantId, 'c1'))!,
    told: async () => {
      const timeline = { tenantId: ada.tenantId, connectorId: 'c1' };
      const { items } = await world.services.events.list(timeline, { limit: 50 });
      return items.map(({ type, data }) =>
        `${type} ${data['daysRemaining'] ?? data['code'] ?? ''}`.trim(),
      );
    },
  };
}

describe('when a grant is renewed', () => {
  const dueAfter = (id: string) => {
    for (let age = 0; ; age += 15 * minute)
      if (isRenewalDue(aConnectedConnector({ id }), new Date(now.getTime() + age * 1_000)))
        return age;
  };

  it('given a fleet that was set up at once, when its grants fall due, then within a day and spread over hours', () => {
    const ages = ids.map(dueAfter);

    expect(Math.max(...ages)).toBeLessThanOrEqual(day);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(19 * hour);
    expect(new Set(ages).size).toBeGreaterThan(10);
  });

  it('given a timer every quarter of an hour, when a day passes, then each grant is written once', async () => {
    const { keep, wait, vault } = await world();

    for (let run = 0; run < 100; run++) {
      await keep();
      wait(15 * minute);
    }

    const versions = await vault.versions('cn-c1-grant');
    expect(versions.filter(({ enabled }) => enabled)).toHaveLength(1);
    expect(versions).toHaveLength(2);
  });

  it('given ten workers at once, when a grant is due, then one keeps the new one', async () => {
    const { keep, wait, vault, leases } = await world();
    wait(day);

    await Promise.all(Array.from({ length: 10 }, keep));

    expect(await vault.versions('cn-c1-grant')).toHaveLength(2);
    expect(leases.held()).toEqual([]);
  });

  it('given a lease of a worker that died, when it has run out, then another one renews', async () => {
    const { keep, wait, leases, vault } = await world();
    wait(day);
    const died = new Date(now.getTime() + day * 1_000);
    await leases.take(
      { tenantId: ada.tenantId, id: 'c1' },
      died,
      new Date(died.getTime() + 60_000),
    );

    await keep();
    const during = (await vault.versions('cn-c1-grant')).length;
    wait(2 * minute);
    await keep();

    expect([during, (await vault.versions('cn-c1-grant')).length]).toEqual([1, 2]);
  });

  it('given Entra out of order and then not, when it is kept, then degraded and recovery are told once each', async () => {
    const { keep, wait, entra, stored, told } = await world();
    const ask = entra.withRefreshToken.bind(entra);
    entra.withRefreshToken = async () => {
      throw refusal({ provider: 'entra', error: 'temporarily_unavailable', status: 503 });
    };
    wait(day);

    for (let run = 0; run < 8; run++) {
      await keep();
      wait(15 * minute);
    }
    const during = await stored();
    entra.withRefreshToken = ask;
    await keep();

    expect(during.connection).toMatchObject({
      state: 'degraded',
      reason: { code: 'idp_unavailable' },
    });
    expect((await stored()).connection.state).toBe('connected');
    expect(await told()).toEqual(['connector.recovered', 'connector.degraded idp_unavailable']);
  });

  it('given a locked account, when a token is wanted within the hour, then Entra is left alone', async () => {
    const { services, entra, wait, stored } = await world();
    let asked = 0;
    const answer = entra.withRefreshToken.bind(entra);
    entra.withRefreshToken = async (...given) => {
      if (++asked === 1)
        throw refusal({ provider: 'entra', error: 'invalid_grant', number: 50053 });
      return answer(...given);
    };
    const ask = () => services.accessTokens.forResourceManager(ada.tenantId, 'c1');

    await expect(ask()).rejects.toMatchObject({ code: 'account_locked' });
    wait(59 * minute);
    await expect(ask()).rejects.toMatchObject({ code: 'account_locked' });
    const askedMeanwhile = asked;
    wait(2 * minute);
    await ask();

    expect(askedMeanwhile).toBe(1);
    expect((await stored()).connection).toMatchObject({ state: 'connected' });
    expect((await stored()).connection.trouble).toBeUndefined();
  });

  it('given a secret that the vault does not have, when it is wanted, then the connection is degraded and not ended', async () => {
    const { services, vault, stored } = await world();
    await vault.delete('cn-c1-grant');

    const asking = services.accessTokens.forResourceManager(ada.tenantId, 'c1');

    await expect(asking).rejects.toMatchObject({ code: 'secret_missing', retryable: true });
    expect((await stored()).connection.state).toBe('degraded');
  });
});

describe('notices of a date that comes', () => {
  it('given a timer every six hours, when sixty days pass, then each notice and the end are told once', async () => {
    const { keep, wait, told } = await world(declared('2026-03-10T12:00:00.000Z'));

    for (let run = 0; run < 60 * 4; run++) {
      await keep();
      wait(6 * hour);
    }

    expect((await told()).reverse()).toEqual([
      'connector.expiring 30',
      'connector.expiring 14',
      'connector.expiring 7',
      'connector.expiring 1',
      'connector.expired client_secret_expired',
    ]);
  });

  it.each([
    [40, undefined],
    [30, 30],
    [14.01, 30],
    [10, 14],
    [0.5, 1],
    [0, undefined],
  ])(
    'given %d days left, when notices are due, then it is that of %s days alone',
    (days, expected) => {
      const expiresAt = new Date(now.getTime() + days * day * 1_000).toISOString();

      expect(dueReminder(declared(expiresAt), now)).toBe(expected);
    },
  );

  it('given a notice that was given, when the date is moved, then notices begin anew', () => {
    const expiresAt = new Date(now.getTime() + 5 * day * 1_000).toISOString();
    const { connection, ...rest } = declared(expiresAt);
    const given = (of: string) => ({
      ...rest,
      connection: { ...connection, notice: { expiresAt: of, days: 7 } },
    });

    expect(dueReminder(given(expiresAt), now)).toBeUndefined();
    expect(dueReminder(given('2026-01-16T12:00:00.000Z'), now)).toBe(7);
    expect(reminderDays).toHaveLength(4);
  });
});

describe('the nightly probe', () => {
  const refusing = (code: 'token_rejected' | 'access_denied_arm', times = Infinity) => {
    let asked = 0;
    return {
      assertSubscriptionAccess: async () => {
        if (++asked <= times) throw appErrorOf(signInErrorByCode(code));
      },
    };
  };

  it('given a connection that works, when it is probed, then it says when', async () => {
    const { probe, wait, stored, told } = await world();
    wait(hour);

    await probe();

    expect((await stored()).connection.lastVerifiedAt).toBe('2026-01-15T13:00:00.000Z');
    expect(await told()).toEqual([]);
  });

  it.each([
    [1, 'connected'],
    [2, 'expired'],
  ])(
    'given a token that Azure rejects %d times, when it is probed, then it is %s',
    async (times, state) => {
      const { probe, stored } = await world(aConnectedConnector(), {
        azure: refusing('token_rejected', times),
      });

      await probe();

      expect((await stored()).connection.state).toBe(state);
    },
  );

  it('given no role in Azure, when it is probed, then it stays connected and warns', async () => {
    const { probe, stored, told } = await world(aConnectedConnector(), {
      azure: refusing('access_denied_arm'),
    });

    await probe();

    expect((await stored()).connection).toMatchObject({
      state: 'connected',
      trouble: { code: 'access_denied_arm', action: { kind: 'assign_role' } },
    });
    expect(await told()).toEqual([]);
  });
});
