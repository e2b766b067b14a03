import fc from 'fast-check';
import {
  increasingTimes,
  firstUlid,
  invertUlid,
  isUlid,
  newestFirstId,
  ulid,
  ulidEntropyBytes,
} from '../../functions/storage/ulid';

const moment = fc.date({ min: new Date(0), max: new Date('2500-01-01'), noInvalidDate: true });
const entropy = fc.uint8Array({ minLength: ulidEntropyBytes, maxLength: ulidEntropyBytes });

/** Ids of two different times, the earlier one first. */
function forTwoTimes(check: (earlier: [Date, Uint8Array], later: [Date, Uint8Array]) => void) {
  fc.assert(
    fc.property(moment, entropy, moment, entropy, (at, bytes, later, laterBytes) => {
      fc.pre(at < later);
      check([at, bytes], [later, laterBytes]);
    }),
  );
}

describe('ulid', () => {
  it('sorts by time, and the other way when inverted', () => {
    forTwoTimes((earlier, later) => {
      const [one, other] = [ulid(...earlier), ulid(...later)];

      expect(one < other).toBe(true);
      expect(invertUlid(one) > invertUlid(other)).toBe(true);
      expect(invertUlid(invertUlid(one))).toBe(one);
      expect(isUlid(one)).toBe(true);
    });
  });

  it('sorts after the first id of its time', () => {
    forTwoTimes(([at, bytes], [later]) => {
      expect(firstUlid(at) <= ulid(at, bytes)).toBe(true);
      expect(ulid(at, bytes) < firstUlid(later)).toBe(true);
    });
  });

  it('spells a known id', () => {
    expect(ulid(new Date(1_469_918_176_385), new Uint8Array(10).fill(255))).toBe(
      '01ARYZ6S41ZZZZZZZZZZZZZZZZ',
    );
  });
});

describe('newestFirstId', () => {
  it('sorts the later id first', () => {
    forTwoTimes((earlier, later) => {
      expect(newestFirstId(...later) < newestFirstId(...earlier)).toBe(true);
    });
  });

  it('holds characters that URLs, row keys and Key Vault accept', () => {
    expect(newestFirstId(new Date(), new Uint8Array(10).fill(1))).toMatch(/^[0-9a-z]{26}$/);
  });
});

describe('isUlid', () => {
  it.each(['', 'x', '01ARZ3NDEKTSV4RRFFQ69G5FA', '81ARZ3NDEKTSV4RRFFQ69G5FAV', "0' or 1 eq 1"])(
    'rejects %j',
    (text) => expect(isUlid(text)).toBe(false),
  );
});

describe('increasingTimes', () => {
  it('increases if the clock stands still or is set back', () => {
    const clock = [5_000, 5_000, 4_200, 9_000].map((time) => new Date(time));
    const next = increasingTimes(() => clock.shift()!);

    const times = [next(), next(), next(), next()].map((time) => time.getTime());

    expect(times).toEqual([5_000, 5_001, 5_002, 9_000]);
  });
});
