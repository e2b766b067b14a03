import { statSync } from 'node:fs';
import { shiftProcessClock } from '../../infra/local/emulator/clock';

const RealDate = Date;
const realNow = Date.now;
afterEach(() => {
  globalThis.Date = RealDate;
  Date.now = realNow;
});

describe('shiftProcessClock', () => {
  const day = 86_400_000;

  it('shifts every way to read the current time', () => {
    const before = Date.now();

    shiftProcessClock()(day);

    const times = [Date.now(), new Date().getTime(), Date.parse(Date())];
    for (const time of times) expect(Math.abs(time - before - day)).toBeLessThan(5_000);
  });

  it('keeps explicit dates unchanged', () => {
    shiftProcessClock()(day);

    expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(new Date(2026, 0, 1)).toEqual(new RealDate(2026, 0, 1));
    expect(Date.UTC(1970, 0)).toBe(0);
  });

  it('keeps dates from before and after instances of Date', () => {
    const old = new Date();

    shiftProcessClock()(day);

    for (const date of [old, new Date(), statSync(__filename).mtime, structuredClone(new Date())])
      expect(Object.prototype.toString.call(date)).toBe('[object Date]');
    expect(old instanceof Date && new Date() instanceof Date).toBe(true);
  });

  it('supports classes that extend Date', () => {
    shiftProcessClock()(day);
    class Instant extends Date {
      plusDays = (days: number) => new Instant(this.getTime() + days * day);
    }

    expect(new Instant(0).plusDays(1)).toBeInstanceOf(Instant);
  });
});
