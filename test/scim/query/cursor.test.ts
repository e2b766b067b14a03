import fc from 'fast-check';
import { isUnreserved } from '../../../functions/scim/formats';
import { issueCursor, readCursor } from '../../../functions/scim/query/cursor';
import { scimErrorOf } from '../support/resources';

const binding = { key: 'secret', query: 'filter' };
const at = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

describe('readCursor', () => {
  it('returns the position that was issued, in unreserved characters', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('é🙂', '\u0000')), (position) => {
        const cursor = issueCursor(position, at, binding);

        expect(readCursor(cursor, after(3_600), binding)).toBe(position);
        expect(isUnreserved(cursor)).toBe(true);
      }),
    );
  });

  it('refuses a cursor that is too old', () => {
    const cursor = issueCursor('p', at, binding);

    expect(scimErrorOf(() => readCursor(cursor, after(3_601), binding))).toMatchObject({
      status: 400,
      scimType: 'expiredCursor',
    });
  });

  it.each([
    ['another query', { ...binding, query: 'other' }],
    ['another key', { ...binding, key: 'other' }],
  ])('refuses a cursor of %s', (_what, other) => {
    const cursor = issueCursor('p', at, other);

    expect(scimErrorOf(() => readCursor(cursor, at, binding)).scimType).toBe('invalidCursor');
  });

  it('refuses any other text', () => {
    const valid = issueCursor('p', at, binding);
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '.',
        `${valid}.`,
        valid.slice(1),
        `${valid}=`,
        'x'.repeat(5_000),
        `${valid} `,
      ),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(scimErrorOf(() => readCursor(text, at, binding)).scimType).toBe('invalidCursor');
      }),
    );
  });
});
