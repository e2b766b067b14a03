/**
 * Lists are `{ items, nextLink? }`; the header Link repeats the next page (RFC 8288). A cursor is
 * opaque, signed and bound to path, tenant and filter. A changed cursor, or one of another list, is
 * rejected.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { InvalidInputError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';

/** Query parameters of every list. */
export const pageParameters = {
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('Maximum number of items.'),
  cursor: z.string().max(4_096).optional().describe('Cursor from the nextLink of the last page.'),
};

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    nextLink: z.url().optional().describe('URL of the next page. Absent on the last page.'),
  });

/** What a cursor is bound to. */
export interface CursorScope {
  readonly path: string;
  readonly tenantId: string;
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** The list that a cursor is bound to. */
export interface ListRequest extends CursorScope {
  readonly query: CursorScope['query'] & {
    readonly limit: number;
    readonly cursor?: string | undefined;
  };
}

/** Signs cursors. An operator may replace it. */
export interface CursorKey {
  get(): Promise<string>;
  /** Whether the key, or one that was replaced lately, passes. */
  accepts(passes: (key: string) => boolean): Promise<boolean>;
}

export class Cursors {
  constructor(
    private readonly key: CursorKey,
    private readonly publicUrl: string,
  ) {}

  /**
   * Responds with one page of a list. `read` receives the continuation that the caller's cursor
   * holds.
   */
  async respond<T>(
    list: ListRequest,
    read: (page: PageRequest) => Promise<Page<T>>,
    toItem: (item: T) => unknown,
  ): Promise<HttpResponseInit> {
    const { limit, cursor } = list.query;
    const continuation = await this.parse(list, cursor);
    const page = await read({ limit, ...(continuation !== undefined && { continuation }) });
    const nextLink = await this.nextLink(list, page.continuation);
    return {
      status: 200,
      ...(nextLink !== undefined && { headers: { Link: `<${nextLink}>; rel="next"` } }),
      jsonBody: { items: page.items.map(toItem), nextLink },
    };
  }

  /**
   * The continuation in the cursor. Throws InvalidInputError for a cursor that was not issued for
   * this list.
   */
  async parse(list: CursorScope, cursor: string | undefined): Promise<string | undefined> {
    if (cursor === undefined) return undefined;
    const [content = '', signature = '', ...others] = cursor.split('.');
    const isSigned = await this.key.accepts((key) =>
      equalInConstantTime(signature, signatureOf(key, list, content)),
    );
    if (others.length > 0 || !isSigned)
      throw new InvalidInputError(
        'invalid_cursor',
        'The cursor does not belong to this list. Use the nextLink of the last page unchanged.',
        [
          {
            pointer: '?cursor',
            code: 'invalid',
            detail: 'cursor must come from nextLink, unchanged and with the same filters',
          },
        ],
      );
    return Buffer.from(content, 'base64url').toString('utf8');
  }

  /** Absolute URL of the next page; undefined after the last page. */
  async nextLink(list: CursorScope, continuation: string | undefined): Promise<string | undefined> {
    if (continuation === undefined) return undefined;
    const content = Buffer.from(continuation, 'utf8').toString('base64url');
    const url = new URL(list.path, this.publicUrl);
    for (const [name, value] of Object.entries(list.query))
      if (value !== undefined && name !== 'cursor') url.searchParams.set(name, String(value));
    url.searchParams.set(
      'cursor',
      `${content}.${signatureOf(await this.key.get(), list, content)}`,
    );
    return url.href;
  }
}

function signatureOf(key: string, { path, tenantId, query }: CursorScope, content: string): string {
  const { cursor: _cursor, limit: _limit, ...filter } = query;
  const bound = JSON.stringify([
    path,
    tenantId,
    Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)),
    content,
  ]);
  return createHmac('sha256', key).update(bound).digest('base64url');
}

function equalInConstantTime(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  // timingSafeEqual requires equal lengths. The length of a signature is no secret.
  return a.length === b.length && timingSafeEqual(a, b);
}
