import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  toGzipColumns,
  fromGzipColumns,
} from '../../../functions/azure/table-storage/gzip-columns';

const rowsOf = (json: string) => {
  const { own, more } = toGzipColumns(json);
  return [own, ...more];
};
/** Text that gzip cannot make smaller by much. */
const noise = (bytes: number) => JSON.stringify(randomBytes(bytes).toString('base64'));

describe('a packed body', () => {
  it('given any text, when it is packed and unpacked, then it is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // A lone surrogate is no text; UTF-8 cannot carry it.
        const json = Buffer.from(text, 'utf8').toString('utf8');

        expect(fromGzipColumns(rowsOf(json))).toBe(json);
      }),
    );
  });

  it.each([1, 60_000, 300_000, 1_500_000, 4_000_000])(
    'given %i bytes of noise, when they are packed, then no property and no row is too large',
    (bytes) => {
      const json = noise(bytes);

      const rows = rowsOf(json);

      for (const row of rows) {
        const parts = Object.values(row).filter((value) => value instanceof Uint8Array);
        expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
        expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(750_000);
      }
      expect(fromGzipColumns(rows)).toBe(json);
    },
  );

  it('given parts of two versions, when they are unpacked, then that is noticed', () => {
    const [first] = rowsOf(noise(1_500_000));
    const [, second] = rowsOf(noise(1_500_000));

    expect(() => fromGzipColumns([first!, second!])).toThrow(/cannot be read|not what was written/);
  });

  it('given a row without a body, when it is unpacked, then there is none', () => {
    expect(fromGzipColumns([{ name: 'x' }])).toBeUndefined();
  });
});
