import fc from 'fast-check';
import { invertUlid, isUlid, ulid } from '../../functions/storage/ulid';

const moment = fc.date({ min: new Date(0), max: new Date('2500-01-01'), noInvalidDate: true });
const noise = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('ids that sort by time', () => {
  it('given two moments, when ids are made of them, then the ids sort as the moments and inverted ones the other way', () => {
    fc.assert(
      fc.property(moment, noise, moment, noise, (at, random, later, more) => {
        fc.pre(at < later);
        const [one, other] = [ulid(at, random), ulid(later, more)];

        expect(one < other).toBe(true);
        expect(invertUlid(one) > invertUlid(other)).toBe(true);
        expect(invertUlid(invertUlid(one))).toBe(one);
        expect(isUlid(one)).toBe(true);
      }),
    );
  });

  it.each(['', 'x', '01ARZ3NDEKTSV4RRFFQ69G5FA', '81ARZ3NDEKTSV4RRFFQ69G5FAV', "0' or 1 eq 1"])(
    'given %j, when it is looked at, then it is no id',
    (text) => expect(isUlid(text)).toBe(false),
  );
});
