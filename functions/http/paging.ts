/**
 * Lists are `{ items, nextLink? }`, and say where they go on in `Link` as well (RFC 8288). A cursor is opaque, signed,
 * and bound to the tenant and the filter it was made for, so that a forged or a borrowed one is refused.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { InvalidInputError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';

/** The query parameters every list understands. */
export const pageParameters = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(4_096).optional().describe('From the nextLink of the page before.'),
};

export const listOf = (item: z.ZodType) =>
  z.strictObject({ items: z.array(item), nextLink: z.url().optional() });

/** The list a cursor belongs to: same path, same tenant, same filter. */
export interface ListRequest {
  readonly path: string;
  readonly tenantId: string;
  readonly query: Readonly<Record<string, string | number | boolean | undefined>> & {
    readonly limit: number;
    readonly cursor?: string | undefined;
  };
}

export class Cursors {
  constructor(
    private readonly key: () => Promise<string>,
    private readonly publicUrl: string,
  ) {}

  /** One page of a list as an answer. `read` is given the place in the store that the caller's cursor stands for. */
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

  /** Throws InvalidInputError for a cursor that we did not make for this very list. */
  async parse(listing: ListRequest, cursor: string | undefined): Promise<string | undefined> {
    if (cursor === undefined) return undefined;
    const [content = '', signature = ''] = cursor.split('.');
    const expected = await this.signature(listing, content);
    if (!equal(signature, expected))
      throw new InvalidInputError('invalid_cursor', 'The cursor does not belong to this list.', [
        { pointer: '?cursor', detail: 'take it from nextLink, unchanged, with the same filters' },
      ]);
    return Buffer.from(content, 'base64url').toString('utf8');
  }

  /** The absolute URL of the next page, or nothing after the last. */
  async nextLink(listing: ListRequest, continuation: string | undefined): Promise<string | undefined> {
    if (continuation === undefined) return undefined;
    const content = Buffer.from(continuation, 'utf8').toString('base64url');
    const url = new URL(listing.path, this.publicUrl);
    for (const [name, value] of Object.entries(listing.query))
      if (value !== undefined && name !== 'cursor') url.searchParams.set(name, String(value));
    url.searchParams.set('cursor', `${content}.${await this.signature(listing, content)}`);
    return url.href;
  }

  private async signature({ path, tenantId, query }: ListRequest, content: string): Promise<string> {
    const { cursor: _cursor, limit: _limit, ...filter } = query;
    const bound = JSON.stringify([
      path,
      tenantId,
      Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)),
      content,
    ]);
    return createHmac('sha256', await this.key())
      .update(bound)
      .digest('base64url');
  }
}

/** Both sides are of one length by construction of the second; any other length is no match. */
function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
