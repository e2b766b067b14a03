/** What will stop working soon, as the dashboard and the health of our own app see it. */
import { appSecretHealth } from '../../functions/credentials/app-secret-health';
import { aConnectedConnector, aConnector, ada, edgar, now } from '../support/builders';
import { ask } from '../support/call-endpoint';
import { testContext } from '../support/context';

const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const ending = (id: string, days: number) =>
  aConnectedConnector({
    id,
    name: id,
    connection: {
      state: 'connected',
      expiresAt: inDays(days).toISOString(),
      expiresAtSource: 'user_declared',
    },
  });

describe('GET /api/connections/expiring', () => {
  const { services } = testContext({
    connectors: [
      ending('over', -1),
      ending('tomorrow', 1),
      ending('in-ten', 10),
      ending('in-forty', 40),
      aConnector({ id: 'never', name: 'never' }),
    ],
  });
  const idsOf = async (query: Record<string, string>) => {
    const { status, json } = await ask('listExpiring', { services, query });
    expect(status).toBe(200);
    return json.items.map(({ id }: { id: string }) => id);
  };

  it.each([
    [{}, ['in-ten', 'tomorrow']],
    [{ within: '5d' }, ['tomorrow']],
    [{ within: '90d' }, ['in-forty', 'in-ten', 'tomorrow']],
  ])(
    'given connections that end, when %j is asked for, then those that end by then are listed',
    async (query, ids) => {
      expect(await idsOf(query)).toEqual(ids);
    },
  );

  it('given pages of one, when they are followed, then each is seen once', async () => {
    const first = await ask('listExpiring', { services, query: { limit: '1' } });
    const next = new URL(first.json.nextLink, 'http://localhost').searchParams;
    const second = await ask('listExpiring', { services, query: next.toString() });

    expect([first, second].map(({ json }) => json.items[0].id)).toEqual(['in-ten', 'tomorrow']);
    expect(second.json.nextLink).toBeUndefined();
  });

  it.each(['30', '0d', '-1d', '1000d', '30d or 1 eq 1'])(
    'given within=%s, when it is asked, then it is refused',
    async (within) => {
      expect(await ask('listExpiring', { services, query: { within } })).toMatchObject({
        status: 400,
      });
    },
  );

  it.each([
    ['Operator', 200],
    ['Member', 403],
    ['Viewer', 403],
  ] as const)('given a %s, when it is asked, then the answer is %d', async (role, status) => {
    const as = { ...(role === 'Viewer' ? edgar : ada), roles: [role] };

    expect(await ask('listExpiring', { services, as })).toMatchObject({ status });
  });
});

describe('the secret of our own app', () => {
  const version = (daysOld: number, expiresInDays?: number, enabled = true) => ({
    version: `${daysOld}`,
    enabled,
    createdAt: inDays(-daysOld),
    ...(expiresInDays !== undefined && { expiresAt: inDays(expiresInDays) }),
  });

  it.each([
    ['one without a date', [version(1)], { ok: true }],
    ['one that is good for long', [version(1, 31)], { ok: true }],
    [
      'one that ends within a month',
      [version(1, 29)],
      { ok: true, detail: `expires at ${inDays(29).toISOString()}` },
    ],
    ['one that is over', [version(1, 0)], { ok: false, detail: `expired at ${now.toISOString()}` }],
    ['a newer one beside one that is over', [version(9, -1), version(1, 90)], { ok: true }],
    ['a newer one that is disabled', [version(9, 90), version(1, -1, false)], { ok: true }],
    ['none', [], { ok: false, detail: 'missing' }],
  ])('given %s, when its health is asked for, then that is told', (_, versions, health) => {
    expect(appSecretHealth(versions, now)).toEqual(health);
  });
});
