/**
 * Cursors (RFC 9865): a position in a list, the time of issue and a signature that binds both to
 * the query. They hold unreserved characters only and need no state of the service.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUnreserved } from '../formats';
import { limits } from '../limits';
import { ScimError } from '../scim-error';

/** Signs cursors. An operator may replace it. */
export interface CursorKey {
  get(): Promise<string>;
  /** Whether the key, or one that was replaced lately, passes. */
  accepts(passes: (key: string) => boolean): Promise<boolean>;
}

/** `query` is the list with all parameters but `cursor`, as one text. */
export async function issueCursor(
  position: string,
  at: Date,
  query: string,
  key: Pick<CursorKey, 'get'>,
): Promise<string> {
  const content = Buffer.from(JSON.stringify([position, at.getTime()])).toString('base64url');
  return `${content}.${signatureOf(content, query, await key.get())}`;
}

/** The position. Throws ScimError `invalidCursor` or `expiredCursor`. */
export async function readCursor(
  cursor: string,
  now: Date,
  query: string,
  keys: Pick<CursorKey, 'accepts'>,
): Promise<string> {
  const [content = '', signature = '', ...rest] = cursor.slice(0, maxLength + 1).split('.');
  const isOurs =
    cursor.length <= maxLength &&
    rest.length === 0 &&
    isUnreserved(cursor) &&
    (await keys.accepts((key) => equalInConstantTime(signature, signatureOf(content, query, key))));
  if (!isOurs)
    throw new ScimError(
      'invalidCursor',
      'The cursor does not belong to this query. Send nextCursor unchanged, or an empty cursor.',
      'cursor',
    );
  const [position, issuedAt] = parseContent(content);
  if (now.getTime() - issuedAt > limits.cursorSeconds * 1_000)
    throw new ScimError(
      'expiredCursor',
      `The cursor is older than ${limits.cursorSeconds} seconds. Start again with an empty cursor.`,
      'cursor',
    );
  return position;
}

const maxLength = 4_096;

/** Only content that this service signed is parsed. */
const parseContent = (content: string) =>
  JSON.parse(Buffer.from(content, 'base64url').toString('utf8')) as readonly [string, number];

const signatureOf = (content: string, query: string, key: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify([query, content]))
    .digest('base64url');

function equalInConstantTime(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  // timingSafeEqual requires equal lengths. The length of a signature is no secret.
  return a.length === b.length && timingSafeEqual(a, b);
}
