import {
  jitter,
  nextRunAt,
  schedule,
  type StoredSchedule,
} from '../../functions/connectors/schedule';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, owner, viewer, now } from '../support/builders';
import { syncContext } from '../support/sync-context';

const defaultSchedule = { kind: 'interval', minutes: 60, paused: false } as const;
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
    defaultSchedule,
  )!;
const withoutJitter = (time: Date) => time.getTime() - jitter('c1', 24 * 3_600_000);

describe('nextRunAt', () => {
  it.each([
    ['a winter day', '2026-01-15T12:00:00Z', '2026-01-16T01:30:00.000Z'],
    ['the gap in spring', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['the day after the gap', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
    ['the overlap in autumn', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['the end of the overlap', '2026-10-25T00:45:00Z', '2026-10-26T01:30:00.000Z'],
  ])('returns half past two in Berlin once on %s', (_, last, expected) => {
    const next = after(last, daily('30 2 * * *', 'Europe/Berlin'));

    expect(new Date(withoutJitter(next)).toISOString()).toBe(expected);
  });

  it('ignores times before the schedule was changed', () => {
    const plan = { ...daily('0 6 * * *', 'UTC'), changedAt: '2026-01-20T07:00:00Z' };

    expect(new Date(withoutJitter(after('2026-01-01T00:00:00Z', plan))).toISOString()).toBe(
      '2026-01-21T06:00:00.000Z',
    );
  });

  it('spreads connectors by at most five minutes', () => {
    const delays = Array.from({ length: 50 }, (_, n) => jitter(`c${n}`, 3_600_000));

    expect(new Set(delays).size).toBe(50);
    expect(Math.max(...delays)).toBeLessThan(5 * 60_000 + 1);
    expect(delays).toEqual(Array.from({ length: 50 }, (_, n) => jitter(`c${n}`, 3_600_000)));
  });
});

describe('schedule', () => {
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
  ])('parses %j: %s', (given, expected) => {
    expect(schedule.safeParse(given).success).toBe(expected);
  });

  it('is replaced by the owner with the current ETag only', async () => {
    const { services } = syncContext();
    const request = { params: { connectorId: 'c1' }, services };
    const body = { kind: 'cron', expression: '0 6 * * *', timeZone: 'Europe/Berlin' };

    const before = await callEndpoint('getSchedule', request);
    const headers = { 'if-match': before.headers['ETag']! };
    const replaced = await callEndpoint('replaceSchedule', { ...request, body, headers });
    const repeated = await callEndpoint('replaceSchedule', { ...request, body, headers });

    expect(before.json).toMatchObject({ kind: 'interval', minutes: 60, paused: false });
    expect(replaced).toMatchObject({ status: 200, json: { ...body, paused: false } });
    expect(Date.parse(replaced.json.nextRunAt)).toBeGreaterThan(now.getTime());
    expect(repeated).toMatchObject({ status: 412, json: { code: 'schedule_stale' } });
    expect(await callEndpoint('replaceSchedule', { ...request, body })).toMatchObject({
      status: 428,
    });
    expect(
      await callEndpoint('replaceSchedule', { ...request, body, headers, as: viewer }),
    ).toMatchObject({
      status: 403,
    });
  });

  it('records an event for each change', async () => {
    const { services, eventStore } = syncContext();
    const request = { params: { connectorId: 'c1' }, services };
    const replace = (version: number, body: object) =>
      callEndpoint('replaceSchedule', {
        ...request,
        body,
        headers: { 'if-match': `"s${version}"` },
      });
    const daily = { kind: 'cron', expression: '0 6 * * *', timeZone: 'Europe/Berlin' };

    await replace(0, daily);
    await replace(0, { kind: 'manual' });
    await replace(1, { kind: 'interval', minutes: 15, paused: true });

    const { objectId, displayName } = owner;
    const event = { type: 'schedule.changed', connectorId: 'c1', actor: { objectId, displayName } };
    expect(eventStore.all().map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        {
          ...daily,
          paused: false,
          changes: {
            kind: { before: 'interval', after: 'cron' },
            minutes: { before: 60 },
            expression: { after: '0 6 * * *' },
            timeZone: { after: 'Europe/Berlin' },
          },
        },
        {
          kind: 'interval',
          minutes: 15,
          paused: true,
          changes: {
            kind: { before: 'cron', after: 'interval' },
            minutes: { after: 15 },
            expression: { before: '0 6 * * *' },
            timeZone: { before: 'Europe/Berlin' },
            paused: { before: false, after: true },
          },
        },
      ]),
    );
    expect(eventStore.all()).toMatchObject([event, event]);
  });

  it.each([
    ['manual', { kind: 'manual' }],
    ['paused', { kind: 'interval', minutes: 5, paused: true }],
  ])('starts no sync while it is %s', async (_, body) => {
    const { services, wait, store } = syncContext();
    const headers = { 'if-match': '"s0"' };
    const { json } = await callEndpoint('replaceSchedule', {
      params: { connectorId: 'c1' },
      services,
      body,
      headers,
    });

    wait(3 * 86_400);
    const connector = (await store.get({
      tenantId: aConnectedConnector().tenantId,
      connectorId: 'c1',
    }))!;

    expect(json.nextRunAt).toBeNull();
    expect(services.syncRuns.dueTrigger(connector)).toBeUndefined();
  });

  it('shows why an unconnected connector is skipped', async () => {
    const { services } = syncContext([aConnector()]);

    const { json } = await callEndpoint('getSchedule', { params: { connectorId: 'c1' }, services });

    expect(json).toMatchObject({ nextRunAt: null, skipped: 'unconnected' });
  });
});
