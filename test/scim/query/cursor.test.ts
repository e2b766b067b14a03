import fc from 'fast-check';
import { isUnreserved } from '../../../functions/scim/formats';
import { issueCursor, readCursor } from '../../../functions/scim/query/cursor';
import type { ScimError } from '../../../functions/scim/scim-error';

const query = 'filter';
const at = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000);
const keyOf = (key: string) => ({
  get: async () => key,
  accepts: async (passes: (key: string) => boolean) => passes(key),
});
const key = keyOf('secret');
const issue = (position: string) => issueCursor(position, at, query, key);
const refusal = (read: Promise<string>) =>
  read.then(
    () => undefined,
    (error: ScimError) => error,
  );

describe('readCursor', () => {
  it('returns the position that was issued, in unreserved characters', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.constantFrom('é🙂', '\u0000')),
        async (position) => {
          const cursor = await issue(position);

          expect(await readCursor(cursor, after(3_600), query, key)).toBe(position);
          expect(isUnreserved(cursor)).toBe(true);
        },
      ),
    );
  });

  it('refuses a cursor that is too old', async () => {
    const cursor = await issue('p');

    expect(await refusal(readCursor(cursor, after(3_601), query, key))).toMatchObject({
      status: 400,
      scimType: 'expiredCursor',
    });
  });

  it.each([
    ['another query', 'other', key],
    ['another key', query, keyOf('other')],
  ])('refuses a cursor of %s', async (_what, otherQuery, otherKey) => {
    const cursor = await issueCursor('p', at, otherQuery, otherKey);

    expect(await refusal(readCursor(cursor, at, query, key))).toMatchObject({
      scimType: 'invalidCursor',
    });
  });

  it('refuses any other text', async () => {
    const valid = await issue('p');
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
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await refusal(readCursor(text, at, query, key))).toMatchObject({
          scimType: 'invalidCursor',
        });
      }),
    );
  });
});
