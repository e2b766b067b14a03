/** A connection over time: expiry, renewal, failing services and a killed host lose no credential. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  createConnector,
  isTerminal,
  startSync,
  stopRefreshing,
  untilTerminal,
} from './support/journey';
import { rowsOf } from './support/tables';
import { fireTimer } from './support/timers';

const day = 86_400;

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack();
});
afterEach(async () => {
  await stack.control('DELETE', '/faults');
  await stack.control('DELETE', '/entra/errors');
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

const advanceDays = (days: number) =>
  stack.control('POST', '/clock', { advanceSeconds: Math.round(days * day) });
const connectorOf = async (id: string) => (await stack.call('GET', `/api/connectors/${id}`)).body;
const rowOf = async (id: string) =>
  (await rowsOf(await stack.description(), 'connectors')).find(
    ({ rowKey }) => rowKey === `connector-${id}`,
  )!;
const grantOf = async (id: string) => JSON.parse(String((await rowOf(id))['secrets'])).grant;
/** Connection events with days remaining, oldest first. */
async function connectionEventsOf(id: string): Promise<string[]> {
  const { body } = await stack.call('GET', `/api/connectors/${id}/events?limit=100`);
  return body.items
    .filter(({ type }: any) => /^connector\.(?!created)/.test(type))
    .map(({ type, data }: any) => `${type} ${data.daysRemaining ?? ''}`.trim())
    .reverse();
}
const syncsOf = async (id: string) =>
  (await stack.call('GET', `/api/connectors/${id}/syncs`)).body.items as any[];

/** Timers also fire when the clock is moved, so a sync run may be active. */
const untilNoSyncIsActive = (id: string) =>
  until(async () => (await syncsOf(id)).every(isTerminal), 'no sync run is active');

/** Enabled versions of the grant in Key Vault. */
async function usableVersions(id: string): Promise<string[]> {
  const file = await readFile(join(stack.dataFolder, 'key-vault.json'), 'utf8');
  const secrets = JSON.parse(file) as any[];
  return secrets
    .find(({ name }) => name === `cn-${id}-grant`)
    .versions.filter(({ enabled }: any) => enabled)
    .map(({ version }: any) => version);
}

async function inDays(days: number) {
  const { now } = await stack.control<{ now: string }>('GET', '/clock');
  return new Date(Date.parse(now) + days * day * 1_000).toISOString();
}

async function connect(id: string, more: object): Promise<void> {
  const { sample } = await stack.description();
  const { tenantId, clientId, clientSecret } = sample;
  const { status, body } = await stack.call('POST', `/api/connectors/${id}/credentials`, {
    body: { tenantId, clientId, clientSecret, ...more },
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'connected' } });
}

/** Connected with a grant, which has to be renewed. */
async function withGrant(name: string): Promise<string> {
  const { sample } = await stack.description();
  const { username, password } = sample.users[0]!;
  const id = await createConnector(stack, name);
  await connect(id, { method: 'username_password', username, password });
  await stopRefreshing(stack, id);
  return id;
}

describe('a connection whose secret expires', () => {
  it('sends reminders, expires, and catches up after the reconnect', async () => {
    const id = await createConnector(stack, 'expiring');
    await connect(id, { method: 'client_credentials', secretExpiresAt: await inDays(20) });
    await untilTerminal(stack, await startSync(stack, id));

    await fireTimer(stack, 'maintainConnections');
    await advanceDays(7);
    await fireTimer(stack, 'maintainConnections');
    await fireTimer(stack, 'maintainConnections');
    const near = await connectorOf(id);
    const { body: expiring } = await stack.call('GET', '/api/connections/expiring?within=30d');
    await untilNoSyncIsActive(id);
    await advanceDays(14);
    const expired = await connectorOf(id);
    await fireTimer(stack, 'maintainConnections');
    await fireTimer(stack, 'refreshConnectors');
    await fireTimer(stack, 'refreshConnectors');
    const skipped = await syncsOf(id);
    await connect(id, { method: 'client_credentials', secretExpiresAt: await inDays(40) });
    await fireTimer(stack, 'refreshConnectors');
    const [caughtUp] = await syncsOf(id);

    expect(near).toMatchObject({
      status: 'connected',
      warnings: [{ code: 'connection_expiring' }],
    });
    expect(expiring.items.map((each: { id: string }) => each.id)).toContain(id);
    expect(expired).toMatchObject({
      status: 'connection_expired',
      reason: { code: 'client_secret_expired', action: { kind: 'update_secret' } },
    });
    expect(skipped.filter(({ createdAt }) => createdAt > near.connectionExpiresAt)).toEqual([]);
    const line = '"skipped":"connection_expired"';
    await until(() => stack.output().includes(line), 'the skipped sync is logged');
    expect(caughtUp).toMatchObject({ trigger: 'connect' });
    await untilTerminal(stack, `/api/connectors/${id}/syncs/${caughtUp.id}`);
    await stopRefreshing(stack, id);
    expect(await connectionEventsOf(id)).toEqual([
      'connector.connected',
      'connector.expiring 30',
      'connector.expiring 14',
      'connector.expired',
      'connector.reconnected',
    ]);
  });
});

describe('the renewal of grants', () => {
  it('recovers after a day without Entra', async () => {
    const id = await withGrant('through an outage');
    const before = await grantOf(id);
    await stack.control('POST', '/faults', {
      service: 'entra',
      path: 'POST .*/token',
      kind: 'status',
      status: 503,
    });

    await advanceDays(1);
    await fireTimer(stack, 'maintainConnections');
    const during = await connectorOf(id);
    await advanceDays(0.5);
    await fireTimer(stack, 'maintainConnections');
    await stack.control('DELETE', '/faults');
    await fireTimer(stack, 'maintainConnections');
    const after = await connectorOf(id);

    expect(during).toMatchObject({
      status: 'connected',
      reason: { code: 'idp_unavailable', action: { kind: 'wait' } },
    });
    expect(during.warnings).toContainEqual(
      expect.objectContaining({ code: 'connection_degraded' }),
    );
    expect(after).toMatchObject({ status: 'connected' });
    expect(after.reason).toBeUndefined();
    expect(await grantOf(id)).not.toEqual(before);
    expect(await connectionEventsOf(id)).toEqual([
      'connector.connected',
      'connector.degraded',
      'connector.recovered',
    ]);
  });

  it.each([
    [
      'Key Vault throttles',
      { service: 'key-vault', kind: 'status', status: 429, retryAfterSeconds: 0 },
    ],
    ['storage fails now and then', { service: 'storage', kind: 'status', status: 503, rate: 0.2 }],
  ])('is repeated later if %s', async (what, fault) => {
    const id = await withGrant(what);
    const before = await grantOf(id);
    await advanceDays(1);
    await stack.control('POST', '/faults', fault);

    await fireTimer(stack, 'maintainConnections').catch(() => undefined);
    await stack.control('DELETE', '/faults');
    await until(async () => {
      await fireTimer(stack, 'maintainConnections');
      return (await grantOf(id)).version !== before.version;
    }, 'the grant is renewed');

    const { status, reason } = await connectorOf(id);
    expect([status, reason]).toEqual(['connected', undefined]);
  });
});

describe('a host killed during a renewal', () => {
  it('keeps the active grant and deletes the orphaned version', async () => {
    const id = await withGrant('killed in between');
    const before = await grantOf(id);
    await advanceDays(1);
    // Key Vault stores the grant after the host has died.
    await stack.control('POST', '/faults', {
      service: 'key-vault',
      path: `PUT /secrets/cn-${id}-grant`,
      kind: 'delay',
      delayMs: 2_000,
      count: 1,
    });

    void fireTimer(stack, 'maintainConnections').catch(() => undefined);
    await until(
      async () => (await stack.control<unknown[]>('GET', '/faults')).length === 0,
      'Key Vault delays the new grant',
    );
    await stack.killHost();
    await until(
      async () => (await usableVersions(id)).length === 2,
      'Key Vault has stored the new grant',
    );

    expect(await grantOf(id)).toEqual(before);
    const { body: tested } = await stack.call('POST', `/api/connectors/${id}/test`);
    expect(tested).toMatchObject({ ok: true });
    await advanceDays(0.1);
    await fireTimer(stack, 'reconcileConnectors');
    await fireTimer(stack, 'maintainConnections');
    const current = await grantOf(id);
    expect(await usableVersions(id)).toEqual([current.version]);
    expect(await connectorOf(id)).toMatchObject({ status: 'connected' });
  });
});
