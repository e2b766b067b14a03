/** A model of somebody else's bucket: it drains, refills, believes what is lower, and rests when it was refused. */
import * as fc from 'fast-check';
import { TokenBucket } from '../../../functions/azure/resource-manager/token-bucket';

const start = 1_000_000;
const tenASecond = { capacity: 20, perSecond: 10 };

/** Takes until it has to wait; gives how many there were. */
function drain(bucket: TokenBucket, now: number, yields = false): number {
  let taken = 0;
  while (bucket.waitMs(now, yields) === 0) {
    bucket.take();
    bucket.onComplete();
    taken++;
  }
  return taken;
}

describe('a token bucket', () => {
  it('given a full one, when all is taken, then the next waits for one to trickle in', () => {
    const bucket = new TokenBucket(tenASecond, start);

    const taken = drain(bucket, start);

    expect(taken).toBe(20);
    expect(bucket.waitMs(start)).toBe(100);
    expect(bucket.waitMs(start + 100)).toBe(0);
  });

  it('given a long pause, when it is over, then there are never more than it holds', () => {
    const bucket = new TokenBucket(tenASecond, start);
    drain(bucket, start);

    expect(drain(bucket, start + 3_600_000)).toBe(20);
  });

  it.each([
    ['lower than ours', 3, 3],
    ['higher than ours', 900, 19],
  ])('given a header that is %s, when it is heard, then the lower wins', (_, told, left) => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.take();
    bucket.onComplete();

    bucket.correct(told, start);

    expect(drain(bucket, start)).toBe(left);
  });

  it('given requests under way, when a header is heard, then they are taken off what is left', () => {
    const bucket = new TokenBucket(tenASecond, start);
    for (let n = 0; n < 8; n++) bucket.take();
    bucket.onComplete();

    bucket.correct(9, start);

    expect(drain(bucket, start)).toBe(2);
  });

  it('given a refusal, when the time it named has come, then one goes, and the next waits twice as long as before', () => {
    const bucket = new TokenBucket(tenASecond, start);

    bucket.onThrottled(start + 5_000, start);

    expect(bucket.waitMs(start)).toBe(5_000);
    expect(drain(bucket, start + 5_000)).toBe(1);
    expect(bucket.waitMs(start + 5_000)).toBe(200);
  });

  it('given several refusals of what was under way together, when they come, then they count as one', () => {
    const bucket = new TokenBucket(tenASecond, start);

    for (const seconds of [1, 2, 3]) bucket.onThrottled(start + seconds * 1_000, start + seconds);
    drain(bucket, start + 3_000);

    expect(bucket.waitMs(start + 3_000)).toBe(200);
  });

  it('given a refusal that was no matter of this bucket, when the next header says so, then it is full again', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 1_000, start);

    bucket.correct(14_000, start + 1_000);
    bucket.onSuccess(start + 1_000);

    expect(drain(bucket, start + 1_000)).toBe(20);
  });

  it('given a rest that is long over, when many come back, then one goes first, and the others when it was granted', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 1_000, start);
    const later = start + 60_000;

    bucket.take();
    const meanwhile = bucket.waitMs(later);
    bucket.onComplete();
    bucket.onSuccess(later);

    expect(meanwhile).toBe(1_000);
    expect(drain(bucket, later)).toBe(20);
  });

  it('given refusals without end, when good answers follow, then the documented speed comes back', () => {
    const bucket = new TokenBucket(tenASecond, start);
    for (let n = 0; n < 50; n++) bucket.onThrottled(start + n, start + n);
    drain(bucket, start + 49);
    const slow = bucket.waitMs(start + 49);

    for (let n = 0; n < 20; n++) bucket.onSuccess(start + 49);

    expect(slow).toBe(5_000);
    expect(bucket.waitMs(start + 49)).toBe(100);
  });

  it('given those who yield, when others have asked lately, then a fifth is kept back from them', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.waitMs(start);

    const taken = drain(bucket, start, true);

    expect(taken).toBe(16);
    expect(bucket.waitMs(start, true)).toBe(100);
    expect(drain(bucket, start)).toBe(4);
  });

  it('given those who yield, when nobody else asks, then all of it is theirs', () => {
    const bucket = new TokenBucket(tenASecond, start);

    expect(drain(bucket, start, true)).toBe(20);
  });

  it('given a refusal, when all has trickled back, then a new one would not say the same until the old speed is back', () => {
    const bucket = new TokenBucket(tenASecond, start);
    const fresh = bucket.isFull(start);
    bucket.onThrottled(start + 1_000, start);
    const later = start + 60_000;

    const doubtful = bucket.isFull(later);
    bucket.onSuccess(later);
    const slow = bucket.isFull(later);
    for (let n = 0; n < 20; n++) bucket.onSuccess(later);

    expect([fresh, doubtful, slow, bucket.isFull(later)]).toEqual([true, false, false, true]);
  });

  it('given a clock that is set back, when it rests, then it rests no longer than it was told', () => {
    const bucket = new TokenBucket(tenASecond, start);
    bucket.onThrottled(start + 5_000, start);

    expect(bucket.waitMs(start - 86_400_000)).toBe(5_000);
  });

  it('given any load, when it only goes when it may, then no window is given more than the bucket and its trickle', () => {
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
