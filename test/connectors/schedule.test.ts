import {
  jitter,
  nextRunAt,
  schedule,
  type StoredSchedule,
} from '../../functions/connectors/schedule';
import { ask } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar, now } from '../support/builders';
import { syncContext } from '../support/sync-context';

const usual = { kind: 'interval', minutes: 60, paused: false } as const;
const daily = (expression: string, timeZone: string): StoredSchedule => ({
  kind: 'cron',
  expression,
  timeZone,
  paused: false,
  version: 1,
  changedAt: '2026-01-01T00:00:00.000Z',
});
const after = (lastStartedAt: string, plan?: StoredSchedule) =>
  nextRunAt(
    {
      id: 'c1',
      connection: {},
      syncSummary: { lastStartedAt },
      ...(plan && { schedule: plan }),
    },
    usual,
  )!;
const late = (time: Date) => time.getTime() - jitter('c1', 24 * 3_600_000);

describe('the next refresh', () => {
  it.each([
    ['a winter day', '2026-01-15T12:00:00Z', '2026-01-16T01:30:00.000Z'],
    ['the gap in spring', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['the day after the gap', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
    ['the overlap in autumn', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['the end of the overlap', '2026-10-25T00:45:00Z', '2026-10-26T01:30:00.000Z'],
  ])('given half past two in Berlin, when it is %s, then it comes once', (_, last, expected) => {
    const next = after(last, daily('30 2 * * *', 'Europe/Berlin'));

    expect(new Date(late(next)).toISOString()).toBe(expected);
  });

  it('given a plan made after the last sync, when it is asked for, then times before it was made are no matter', () => {
    const plan = { ...daily('0 6 * * *', 'UTC'), changedAt: '2026-01-20T07:00:00Z' };

    expect(new Date(late(after('2026-01-01T00:00:00Z', plan))).toISOString()).toBe(
      '2026-01-21T06:00:00.000Z',
    );
  });

  it('given many connectors, when each is refreshed hourly, then they do not start at once and never more than six minutes late', () => {
    const delays = Array.from({ length: 50 }, (_, n) => jitter(`c${n}`, 3_600_000));

    expect(new Set(delays).size).toBe(50);
    expect(Math.max(...delays)).toBeLessThan(5 * 60_000 + 1);
    expect(delays).toEqual(Array.from({ length: 50 }, (_, n) => jitter(`c${n}`, 3_600_000)));
  });
});

describe('a schedule', () => {
  it.each([
    [{ kind: 'manual' }, true],
    [{ kind: 'interval', minutes: 15 }, true],
    [{ kind: 'interval', minutes: 1 }, false],
    [{ kind: 'cron', expression: '0 6 * * 1-5', timeZone: 'America/New_York' }, true],
    [{ kind: 'cron', expression: '0 0 6 * * 1', timeZone: 'UTC' }, false],
    [{ kind: 'cron', expression: '@daily', timeZone: 'UTC' }, false],
    [{ kind: 'cron', expression: '* * * * *', timeZone: 'UTC' }, false],
    [{ kind: 'cron', expression: '0 0 31 2 *', timeZone: 'UTC' }, false],
    [{ kind: 'cron', expression: '0 6 * * *', timeZone: 'Mars/Olympus' }, false],
  ])('given %j, when it is read, then whether it is one is %s', (given, expected) => {
    expect(schedule.safeParse(given).success).toBe(expected);
  });

  it('given no schedule, when one is set with the tag that was read, then it counts, and an old tag is refused', async () => {
    const { services } = syncContext();
    const asked = { params: { connectorId: 'c1' }, services };
    const body = { kind: 'cron', expression: '0 6 * * *', timeZone: 'Europe/Berlin' };

    const before = await ask('getSchedule', asked);
    const headers = { 'if-match': before.headers['ETag']! };
    const set = await ask('replaceSchedule', { ...asked, body, headers });
    const again = await ask('replaceSchedule', { ...asked, body, headers });

    expect(before.json).toMatchObject({ kind: 'interval', minutes: 60, paused: false });
    expect(set).toMatchObject({ status: 200, json: { ...body, paused: false } });
    expect(Date.parse(set.json.nextRunAt)).toBeGreaterThan(now.getTime());
    expect(again).toMatchObject({ status: 412, json: { code: 'schedule_stale' } });
    expect(await ask('replaceSchedule', { ...asked, body })).toMatchObject({ status: 428 });
    expect(await ask('replaceSchedule', { ...asked, body, headers, as: edgar })).toMatchObject({
      status: 403,
    });
  });

  it('given a schedule that is set twice, when the audit trail is read, then it says who set what, each time', async () => {
    const { services, eventStore } = syncContext();
    const asked = { params: { connectorId: 'c1' }, services };
    const set = (version: number, body: object) =>
      ask('replaceSchedule', { ...asked, body, headers: { 'if-match': `"s${version}"` } });
    const daily = { kind: 'cron', expression: '0 6 * * *', timeZone: 'Europe/Berlin' };

    await set(0, daily);
    await set(0, { kind: 'manual' });
    await set(1, { kind: 'interval', minutes: 15, paused: true });

    const { objectId, displayName } = ada;
    const about = { type: 'schedule.changed', connectorId: 'c1', actor: { objectId, displayName } };
    expect(eventStore.all().map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        { ...daily, paused: false },
        { kind: 'interval', minutes: 15, paused: true },
      ]),
    );
    expect(eventStore.all()).toMatchObject([about, about]);
  });

  it.each([
    ['manual', { kind: 'manual' }],
    ['paused', { kind: 'interval', minutes: 5, paused: true }],
  ])('given a %s schedule, when days pass, then nothing is due', async (_, body) => {
    const { services, wait, store } = syncContext();
    const headers = { 'if-match': '"s0"' };
    const { json } = await ask('replaceSchedule', {
      params: { connectorId: 'c1' },
      services,
      body,
      headers,
    });

    wait(3 * 86_400);
    const connector = (await store.get(aConnectedConnector().tenantId, 'c1'))!;

    expect(json.nextRunAt).toBeNull();
    expect(services.syncRuns.dueTrigger(connector)).toBeUndefined();
  });

  it('given a connector that is not connected, when its schedule is read, then it says why nothing starts', async () => {
    const { services } = syncContext([aConnector()]);

    const { json } = await ask('getSchedule', { params: { connectorId: 'c1' }, services });

    expect(json).toMatchObject({ nextRunAt: null, skipped: 'unconnected' });
  });
});
