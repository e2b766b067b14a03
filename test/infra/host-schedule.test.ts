import { parseSchedule } from '../../infra/local/function-app/timers/schedule';

const after = (expression: string, time: string) =>
  parseSchedule(expression).next(new Date(time)).toISOString();

describe('parseSchedule', () => {
  it.each([
    ['0 */5 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00.000Z'],
    ['*/10 * * * * *', '2026-01-01T00:00:01.500Z', '2026-01-01T00:00:10.000Z'],
    ['0 30 9 * Jan Mon', '2026-01-05T09:30:00Z', '2026-01-12T09:30:00.000Z'],
    ['0 0 0 1-3,31 * *', '2026-01-03T12:00:00Z', '2026-01-31T00:00:00.000Z'],
    ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 2 * * 0', '2026-03-28T02:00:00Z', '2026-03-29T02:00:00.000Z'],
  ])('finds the next time of %s after %s: %s', (expression, time, next) => {
    expect(after(expression, time)).toBe(next);
  });

  it('requires both day and weekday', () => {
    expect(after('0 0 0 13 * 5', '2026-01-01T00:00:00Z')).toBe('2026-02-13T00:00:00.000Z');
  });

  it.each([
    '*/5 * * * *',
    '0 0 0 * * * *',
    '60 * * * * *',
    '0 0 0 L * *',
    '0 0 0 ? * *',
    'H * * * * *',
    '0 0 0 * * 7',
    '0 0 0 * * 5L',
    '0 0 0 31 2 *',
    '00:05:00',
    '',
  ])('rejects "%s"', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(/NCRONTAB|comes round/);
  });
});
