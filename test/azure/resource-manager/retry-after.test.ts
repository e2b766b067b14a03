import { retryAfterSecondsOf } from '../../../functions/azure/resource-manager/rest';

const secondsOf = (header: string | undefined) =>
  retryAfterSecondsOf({ status: 429, headers: { get: () => header }, body: undefined });

describe('retryAfterSecondsOf', () => {
  it.each([
    ['120', 120],
    ['0', 0],
    ['999999999', 86_400],
    ['9'.repeat(400), 86_400],
    ['Thu, 01 Jan 2099 00:00:00 GMT', 86_400],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as seconds', (header, seconds) => {
    expect(secondsOf(header)).toBe(seconds);
  });

  it('reads a date as the time until then', () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();

    const seconds = secondsOf(inAnHour);

    expect(seconds).toBeGreaterThan(3_590);
    expect(seconds).toBeLessThanOrEqual(3_600);
  });
});
