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
/** Text that gzip hardly compresses. */
const noise = (bytes: number) => JSON.stringify(randomBytes(bytes).toString('base64'));

describe('gzip columns', () => {
  it('restore any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // UTF-8 cannot encode a lone surrogate.
        const json = Buffer.from(text, 'utf8').toString('utf8');

        expect(fromGzipColumns(rowsOf(json))).toBe(json);
      }),
    );
  });

  it.each([1, 60_000, 300_000, 1_500_000, 4_000_000])(
    'keep properties and rows of %i random bytes within their limits',
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

  it('reject chunks of two versions', () => {
    const [first] = rowsOf(noise(1_500_000));
    const [, second] = rowsOf(noise(1_500_000));

    expect(() => fromGzipColumns([first!, second!])).toThrow(
      /cannot be read|does not match its hash/,
    );
  });

  it('give nothing for a row without a body', () => {
    expect(fromGzipColumns([{ name: 'x' }])).toBeUndefined();
  });
});
