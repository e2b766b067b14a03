import * as fc from 'fast-check';
import { TokenBucket } from '../../../functions/azure/resource-manager/token-bucket';

const start = 1_000_000;
const tenASecond = { capacity: 20, perSecond: 10 };

/** Takes tokens until the next one has to wait. Returns their number. */
function drain(bucket: TokenBucket, now: number, lowPriority = false): number {
  let taken = 0;
  while (bucket.waitMs(now, lowPriority) === 0) {
    bucket.take();
    bucket.onComplete();
    taken++;
  }
  return taken;
}

describe('TokenBucket', () => {
  it('waits for the refill after its capacity is taken', () => {
    const bucket = new TokenBucket(tenASecond, start);

    const taken = drain(bucket, start);

    expect(taken).toBe(20);
    expect(bucket.waitMs(start)).toBe(100);
    expect(bucket.waitMs(start + 100)).toBe(0);
  });

  it('never refills above its capacity', () => {
    const bucket = new TokenBucket(tenASecond, start);
    drain(bucket, start);

    expect(drain(bucket, start + 3_600_000)).toBe(20);
  });

  it.each([
    ['lower', 3, 3],
    ['higher', 900, 19],
  ])('uses the lower level if the header is %s', (_, header, level) => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.take();
    bucket.onComplete();

    bucket.correct(header, start);

    expect(drain(bucket, start)).toBe(level);
  });

  it('subtracts requests in flight from the header', () => {
    const bucket = new TokenBucket(tenASecond, start);
    for (let n = 0; n < 8; n++) bucket.take();
    bucket.onComplete();

    bucket.correct(9, start);

    expect(drain(bucket, start)).toBe(2);
  });

  it('allows one request after a 429 and halves the refill rate', () => {
    const bucket = new TokenBucket(tenASecond, start);

    bucket.onThrottled(start + 5_000, start);

    expect(bucket.waitMs(start)).toBe(5_000);
    expect(drain(bucket, start + 5_000)).toBe(1);
    expect(bucket.waitMs(start + 5_000)).toBe(200);
  });

  it('counts several 429 of concurrent requests once', () => {
    const bucket = new TokenBucket(tenASecond, start);

    for (const seconds of [1, 2, 3]) bucket.onThrottled(start + seconds * 1_000, start + seconds);
    drain(bucket, start + 3_000);

    expect(bucket.waitMs(start + 3_000)).toBe(200);
  });

  it('is full again if the next header says so', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 1_000, start);

    bucket.correct(14_000, start + 1_000);
    bucket.onSuccess(start + 1_000);

    expect(drain(bucket, start + 1_000)).toBe(20);
  });

  it('sends one probe after a pause, then all others', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 1_000, start);
    const later = start + 60_000;

    bucket.take();
    const duringProbe = bucket.waitMs(later);
    bucket.onComplete();
    bucket.onSuccess(later);

    expect(duringProbe).toBe(1_000);
    expect(drain(bucket, later)).toBe(20);
  });

  it('returns to the documented rate after successes', () => {
    const bucket = new TokenBucket(tenASecond, start);
    for (let n = 0; n < 50; n++) bucket.onThrottled(start + n, start + n);
    drain(bucket, start + 49);
    const slow = bucket.waitMs(start + 49);

    for (let n = 0; n < 20; n++) bucket.onSuccess(start + 49);

    expect(slow).toBe(5_000);
    expect(bucket.waitMs(start + 49)).toBe(100);
  });

  it('reserves a fifth from low-priority requests while others are active', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.waitMs(start);

    const taken = drain(bucket, start, true);

    expect(taken).toBe(16);
    expect(bucket.waitMs(start, true)).toBe(100);
    expect(drain(bucket, start)).toBe(4);
  });

  it('gives low-priority requests everything while no others are active', () => {
    const bucket = new TokenBucket(tenASecond, start);

    expect(drain(bucket, start, true)).toBe(20);
  });

  it('is full only when level and rate are restored', () => {
    const bucket = new TokenBucket(tenASecond, start);
    const fresh = bucket.isFull(start);
    bucket.onThrottled(start + 1_000, start);
    const later = start + 60_000;

    const probing = bucket.isFull(later);
    bucket.onSuccess(later);
    const slow = bucket.isFull(later);
    for (let n = 0; n < 20; n++) bucket.onSuccess(later);

    expect([fresh, probing, slow, bucket.isFull(later)]).toEqual([true, false, false, true]);
  });

  it('does not extend a pause when the clock is set back', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 5_000, start);

    expect(bucket.waitMs(start - 86_400_000)).toBe(5_000);
  });

  it('never exceeds capacity plus refill under any load', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 });
    const excess = (each: readonly number[]) => {
      const bucket = new TokenBucket(tenASecond, start);
      let now = start;
      let taken = 0;
      const excesses = each.map((pause) => {
        taken += drain(bucket, (now += pause));
        return taken - 20 - ((now - start) / 1_000) * 10;
      });
      return Math.max(0, ...excesses);
    };

    const found = fc.check(fc.property(pauses, (each) => excess(each) < 1e-6));

    expect(found).toMatchObject({ failed: false });
  });
});
