/** Connections that expire soon, and the health of the app secret. */
import { appSecretHealth } from '../../functions/credentials/app-secret-health';
import { aConnectedConnector, aConnector, owner, viewer, now } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const expiringIn = (id: string, days: number) =>
  aConnectedConnector({
    id,
    name: id,
    connection: {
      state: 'connected',
      expiresAt: inDays(days).toISOString(),
      expiresAtSource: 'user_declared',
    },
  });

describe('listExpiringConnections', () => {
  const { services } = testContext({
    connectors: [
      expiringIn('over', -1),
      expiringIn('tomorrow', 1),
      expiringIn('in-ten', 10),
      expiringIn('in-forty', 40),
      aConnector({ id: 'never', name: 'never' }),
    ],
  });
  const idsOf = async (query: Record<string, string>) => {
    const { status, json } = await callEndpoint('listExpiringConnections', { services, query });
    expect(status).toBe(200);
    return json.items.map(({ id }: { id: string }) => id);
  };

  it.each([
    [{}, ['in-ten', 'tomorrow']],
    [{ within: '5d' }, ['tomorrow']],
    [{ within: '90d' }, ['in-forty', 'in-ten', 'tomorrow']],
  ])('lists connections that expire within %j', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids);
  });

  it('returns each connection on one page only', async () => {
    const first = await callEndpoint('listExpiringConnections', {
      services,
      query: { limit: '1' },
    });
    const next = new URL(first.json.nextLink, 'http://localhost').searchParams;
    const second = await callEndpoint('listExpiringConnections', {
      services,
      query: next.toString(),
    });

    expect([first, second].map(({ json }) => json.items[0].id)).toEqual(['in-ten', 'tomorrow']);
    expect(second.json.nextLink).toBeUndefined();
  });

  it.each(['30', '0d', '-1d', '1000d', '30d or 1 eq 1'])('rejects within=%s', async (within) => {
    expect(
      await callEndpoint('listExpiringConnections', { services, query: { within } }),
    ).toMatchObject({
      status: 400,
    });
  });

  it.each([
    ['Operator', 200],
    ['Member', 403],
    ['Viewer', 403],
  ] as const)('responds to a %s with %d', async (role, status) => {
    const as = { ...(role === 'Viewer' ? viewer : owner), roles: [role] };

    expect(await callEndpoint('listExpiringConnections', { services, as })).toMatchObject({
      status,
    });
  });
});

describe('appSecretHealth', () => {
  const version = (daysOld: number, daysToExpiry?: number, enabled = true) => ({
    version: `${daysOld}`,
    enabled,
    isOwn: false,
    createdAt: inDays(-daysOld),
    ...(daysToExpiry !== undefined && { expiresAt: inDays(daysToExpiry) }),
  });

  it.each([
    ['a version without an expiry date', [version(1)], { ok: true }],
    ['a version that expires in over a month', [version(1, 31)], { ok: true }],
    [
      'a version that expires within a month',
      [version(1, 29)],
      { ok: true, detail: `expires at ${inDays(29).toISOString()}` },
    ],
    [
      'an expired version',
      [version(1, 0)],
      { ok: false, detail: `expired at ${now.toISOString()}` },
    ],
    [
      'a valid version that is newer than an expired one',
      [version(9, -1), version(1, 90)],
      { ok: true },
    ],
    [
      'a disabled version that is newer than a valid one',
      [version(9, 90), version(1, -1, false)],
      { ok: true },
    ],
    ['no version', [], { ok: false, detail: 'missing' }],
  ])('judges %s', (_, versions, health) => {
    expect(appSecretHealth(versions, now)).toEqual(health);
  });
});
