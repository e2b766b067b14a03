/** Maintenance of connections by timers: renewals, expiry reminders, verification. */
import {
  signInErrorByCode,
  toAppError,
  appErrorOf,
} from '../../functions/errors/classify-sign-in-error';
import { expire, graceMs } from '../../functions/connectors/connection';
import type { Connector } from '../../functions/connectors/connector';
import {
  dueReminder,
  isRenewalDue,
  reminderDays,
} from '../../functions/credentials/renewal-schedule';
import {
  maintainConnections,
  startVerification,
} from '../../functions/credentials/maintain-connections.timer';
import { ConnectionVerificationService } from '../../functions/credentials/verification/connection-verification-service';
import { isBeforeCheckpoint } from '../../functions/connectors/connector-checkpoint';
import type { ScanBatch } from '../../functions/durable/time-boxed-scan';
import { ServiceUnavailableError } from '../../functions/errors/app-error';
import { Secret } from '../../functions/secrets/secret';
import { InvocationContext } from '@azure/functions';
import { aConnectedConnector, owner, now } from '../support/builders';
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

const tokenRejected = { code: 'token_rejected', message: 'Azure rejected the access token.' };

async function maintenanceContext(
  connector: Connector = aConnectedConnector(),
  more: TestContextOptions = {},
) {
  const context = testContext({ connectors: [connector], ...more });
  await context.secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), {
    contentType: 'text/plain',
  });
  const invocation = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return {
    ...context,
    invocation,
    maintain: () => maintainConnections(context.services, invocation),
    verify: () => context.services.connectionVerification.verifyBatch(),
    stored: async () => (await context.store.get({ tenantId: owner.tenantId, connectorId: 'c1' }))!,
    events: async () => {
      const stream = { tenantId: owner.tenantId, connectorId: 'c1' };
      const { items } = await context.services.events.list(stream, { limit: 50 });
      return items.map(({ type, data }) =>
        `${type} ${JSON.stringify(data['daysRemaining'] ?? data['code'] ?? '').replaceAll('"', '')}`.trim(),
      );
    },
  };
}

describe('renewal of a grant', () => {
  const dueAfter = (id: string) => {
    for (let age = 0; ; age += 15 * minute)
      if (isRenewalDue(aConnectedConnector({ id }), new Date(now.getTime() + age * 1_000)))
        return age;
  };

  it('is due within a day and spread over hours', () => {
    const ages = ids.map(dueAfter);

    expect(Math.max(...ages)).toBeLessThanOrEqual(day);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(19 * hour);
    expect(new Set(ages).size).toBeGreaterThan(10);
  });

  it('stores one grant per day', async () => {
    const { maintain, wait, secretStore } = await maintenanceContext();

    for (let run = 0; run < 100; run++) {
      await maintain();
      wait(15 * minute);
    }

    const versions = await secretStore.listVersions('cn-c1-grant');
    expect(versions.filter(({ enabled }) => enabled)).toHaveLength(1);
    expect(versions).toHaveLength(2);
  });

  it('stores one grant although ten workers run', async () => {
    const { maintain, wait, secretStore, leases } = await maintenanceContext();
    wait(day);

    await Promise.all(Array.from({ length: 10 }, maintain));

    expect(await secretStore.listVersions('cn-c1-grant')).toHaveLength(2);
    expect(leases.held()).toEqual([]);
  });

  it('succeeds although its lease cannot be released', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { maintain, wait, leases, secretStore, stored } = await maintenanceContext();
    leases.release = async () => {
      throw new Error('storage is down');
    };
    wait(day);

    await maintain();

    expect(await secretStore.listVersions('cn-c1-grant')).toHaveLength(2);
    expect((await stored()).connection).toMatchObject({ state: 'connected' });
    expect((await stored()).connection.failingSince).toBeUndefined();
    expect(logged.mock.calls.flat().join()).toContain('renewal.lease_not_released');
    logged.mockRestore();
  });

  it('takes over an expired lease', async () => {
    const { maintain, wait, leases, secretStore } = await maintenanceContext();
    wait(day);
    const died = new Date(now.getTime() + day * 1_000);
    await leases.take(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      died,
      new Date(died.getTime() + 60_000),
    );

    await maintain();
    const during = (await secretStore.listVersions('cn-c1-grant')).length;
    wait(2 * minute);
    await maintain();

    expect([during, (await secretStore.listVersions('cn-c1-grant')).length]).toEqual([1, 2]);
  });

  it('records degraded and recovered once each', async () => {
    const { maintain, wait, entra, stored, events } = await maintenanceContext();
    const redeem = entra.withRefreshToken.bind(entra);
    entra.withRefreshToken = async () => {
      throw toAppError({ provider: 'entra', error: 'temporarily_unavailable', status: 503 });
    };
    wait(day);

    for (let run = 0; run < 8; run++) {
      await maintain();
      wait(15 * minute);
    }
    const degraded = await stored();
    entra.withRefreshToken = redeem;
    await maintain();

    expect(degraded.connection).toMatchObject({
      state: 'degraded',
      reason: { code: 'idp_unavailable' },
    });
    expect((await stored()).connection.state).toBe('connected');
    expect(await events()).toEqual(['connector.recovered', 'connector.degraded idp_unavailable']);
  });

  it('sends no request to a locked account for an hour', async () => {
    const { services, entra, wait, stored } = await maintenanceContext();
    let requests = 0;
    const redeem = entra.withRefreshToken.bind(entra);
    entra.withRefreshToken = async (...request) => {
      if (++requests === 1)
        throw toAppError({ provider: 'entra', error: 'invalid_grant', number: 50053 });
      return redeem(...request);
    };
    const requestToken = () =>
      services.accessTokens.forResourceManager({ tenantId: owner.tenantId, connectorId: 'c1' });

    await expect(requestToken()).rejects.toMatchObject({ code: 'account_locked' });
    wait(59 * minute);
    await expect(requestToken()).rejects.toMatchObject({ code: 'account_locked' });
    const requestsWhileLocked = requests;
    wait(2 * minute);
    await requestToken();

    expect(requestsWhileLocked).toBe(1);
    expect((await stored()).connection).toMatchObject({ state: 'connected' });
    expect((await stored()).connection.failure).toBeUndefined();
  });

  it.each([
    ['a number outside the table', 'sign_in_expired', { error: 'invalid_grant', number: 999_999 }],
    ['a refused client without a number', 'client_secret_invalid', { error: 'invalid_client' }],
    ['a refused app without a number', 'app_not_found', { error: 'unauthorized_client' }],
  ])('degrades the connection at once for %s', async (_, code, failure) => {
    const { maintain, wait, entra, stored, events } = await maintenanceContext();
    entra.withRefreshToken = () => Promise.reject(toAppError({ provider: 'entra', ...failure }));
    wait(day);

    const states: string[] = [];
    for (let run = 0; run < 5; run++) {
      await maintain();
      states.push((await stored()).connection.state);
      wait(day);
    }

    expect(states).toEqual(['degraded', 'degraded', 'degraded', 'expired', 'expired']);
    expect((await stored()).connection.reason!.message).toContain(
      'number' in failure ? 'AADSTS999999' : failure.error,
    );
    expect(await events()).toEqual([
      'connector.expired sign_in_failing',
      `connector.degraded ${code}`,
    ]);
  });

  it('degrades the connection if the secret is missing', async () => {
    const { services, secretStore, stored } = await maintenanceContext();
    await secretStore.delete('cn-c1-grant');

    const request = services.accessTokens.forResourceManager({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });

    await expect(request).rejects.toMatchObject({ code: 'secret_missing', retryable: true });
    expect((await stored()).connection.state).toBe('degraded');
  });
});

describe('probes of an expired connection', () => {
  it('bring it back when the cause is repaired', async () => {
    const { maintain, wait, entra, stored, events } = await maintenanceContext();
    const redeem = entra.withRefreshToken.bind(entra);
    let requests = 0;
    entra.withRefreshToken = async () => {
      requests++;
      throw toAppError({ provider: 'entra', error: 'invalid_grant', number: 53003 });
    };
    wait(day);

    for (let run = 0; run < 2 * 96; run++) {
      await maintain();
      wait(15 * minute);
    }
    const expired = await stored();
    entra.withRefreshToken = redeem;
    for (let run = 0; run < 96; run++) {
      await maintain();
      wait(15 * minute);
    }

    expect(expired.connection).toMatchObject({
      state: 'expired',
      reason: { code: 'conditional_access_blocked' },
    });
    expect(requests).toBeLessThan(10);
    expect((await stored()).connection).toMatchObject({ state: 'connected' });
    expect(await events()).toEqual([
      'connector.recovered',
      'connector.expired conditional_access_blocked',
    ]);
  });

  it('do not bring it back while Azure rejects its tokens', async () => {
    const expired = expire(aConnectedConnector(), tokenRejected, now);
    const { maintain, wait, stored, events } = await maintenanceContext(expired, {
      azure: {
        assertSubscriptionAccess: () =>
          Promise.reject(appErrorOf(signInErrorByCode('token_rejected'))),
      },
    });

    for (let run = 0; run < 8; run++) {
      wait(hour);
      await maintain();
    }

    expect((await stored()).connection).toMatchObject({ state: 'expired', probes: { count: 3 } });
    expect(await events()).toEqual([]);
  });
});

describe('a probe that Azure answers', () => {
  it('brings the connection back although its role is missing', async () => {
    const expired = expire(aConnectedConnector(), tokenRejected, now);
    const { maintain, wait, stored, events } = await maintenanceContext(expired, {
      azure: {
        assertSubscriptionAccess: () =>
          Promise.reject(appErrorOf(signInErrorByCode('access_denied_arm'))),
      },
    });
    wait(hour);

    await maintain();

    expect((await stored()).connection).toMatchObject({
      state: 'connected',
      failure: { code: 'access_denied_arm' },
    });
    expect(await events()).toEqual(['connector.recovered']);
  });
});

describe('the alert of our own app', () => {
  const logged = async (health: { works?: boolean; detail?: string }) => {
    const { services, entra } = await maintenanceContext();
    entra.check = async () => health;
    const lines: string[] = [];
    const invocation = new InvocationContext({
      invocationId: 'test',
      logHandler: (level, ...parts) => void lines.push(`${level} ${parts.join(' ')}`),
    });
    await maintainConnections(services, invocation);
    return lines;
  };

  it('is logged as an error while Entra refuses the app', async () => {
    expect(await logged({ works: false, detail: 'AADSTS7000222' })).toEqual([
      'error {"event":"own_app.failed","code":"AADSTS7000222"}',
    ]);
  });

  it.each([{ works: true }, { detail: 'idp_unavailable' }])(
    'is not logged for %j',
    async (health) => {
      expect(await logged(health)).toEqual([]);
    },
  );
});

describe('the timer of the nightly verification', () => {
  it('starts one orchestration', async () => {
    const { services, durableClient, invocation } = await maintenanceContext();

    await startVerification(services, invocation);
    await startVerification(services, invocation);

    expect(durableClient.started).toEqual([
      { name: 'runVerification', instanceId: 'verification', input: {} },
    ]);
  });
});

describe('expiry reminders', () => {
  it('are recorded once each, and the expiry once', async () => {
    const { maintain, wait, events } = await maintenanceContext(
      declared('2026-03-10T12:00:00.000Z'),
    );

    for (let run = 0; run < 60 * 4; run++) {
      await maintain();
      wait(6 * hour);
    }

    expect((await events()).reverse()).toEqual([
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
  ])('with %d days remaining is the one of %s days', (days, expected) => {
    const expiresAt = new Date(now.getTime() + days * day * 1_000).toISOString();

    expect(dueReminder(declared(expiresAt), now)).toBe(expected);
  });

  it('start again when the expiry date changes', () => {
    const expiresAt = new Date(now.getTime() + 5 * day * 1_000).toISOString();
    const { connection, ...rest } = declared(expiresAt);
    const reminded = (of: string) => ({
      ...rest,
      connection: { ...connection, expiryReminder: { expiresAt: of, days: 7 } },
    });

    expect(dueReminder(reminded(expiresAt), now)).toBeUndefined();
    expect(dueReminder(reminded('2026-01-16T12:00:00.000Z'), now)).toBe(7);
    expect(reminderDays).toHaveLength(4);
  });
});

describe('nightly verification', () => {
  const refusing = (code: 'token_rejected' | 'access_denied_arm', times = Infinity) => {
    let requests = 0;
    return {
      assertSubscriptionAccess: async () => {
        if (++requests <= times) throw appErrorOf(signInErrorByCode(code));
      },
    };
  };

  it('records when a connection was verified', async () => {
    const { verify, wait, stored, events } = await maintenanceContext();
    wait(hour);

    await verify();

    expect((await stored()).connection.lastVerifiedAt).toBe('2026-01-15T13:00:00.000Z');
    expect(await events()).toEqual([]);
  });

  it.each([
    [1, 'connected'],
    [2, 'expired'],
  ])('after %d rejected tokens leaves the connection %s', async (times, state) => {
    const { verify, stored, wait } = await maintenanceContext(aConnectedConnector(), {
      azure: refusing('token_rejected', times),
    });
    wait(graceMs / 1_000);

    await verify();

    expect((await stored()).connection.state).toBe(state);
  });

  it('records a missing role as a failure only', async () => {
    const { verify, stored, events } = await maintenanceContext(aConnectedConnector(), {
      azure: refusing('access_denied_arm'),
    });

    await verify();

    expect((await stored()).connection).toMatchObject({
      state: 'connected',
      failure: { code: 'access_denied_arm', action: { kind: 'assign_role' } },
    });
    expect(await events()).toEqual([]);
  });

  it('continues after the last connector of a batch whose time is up', async () => {
    const verified: string[] = [];
    const all = Array.from({ length: 20 }, (_, n) => aConnectedConnector({ id: `c${n + 10}` }));
    let batchCount = 0;
    const minutes = { at: 0 };
    const service = new ConnectionVerificationService(
      {
        async *fromCheckpoint(checkpoint) {
          for (const each of all)
            if (!checkpoint || !isBeforeCheckpoint(each, checkpoint)) yield { ...each, etag: '1' };
        },
      },
      {
        async verify({ id }) {
          verified.push(id);
          minutes.at++;
          if (id === 'c12') throw new ServiceUnavailableError('key_vault_unavailable', 'No.', true);
          if (id === 'c13') throw appErrorOf(signInErrorByCode('access_denied_arm'));
        },
      },
      () => new Date(minutes.at * 60_000),
    );

    let batch: ScanBatch = {};
    const failed: string[] = [];
    do {
      batch = await service.verifyBatch(batch.next);
      failed.push(...(batch.failed ?? []));
      batchCount++;
    } while (batch.next);

    expect(verified).toEqual(all.map(({ id }) => id));
    expect(batchCount).toBe(3);
    expect(failed).toEqual(['c12: key_vault_unavailable']);
  });
});
