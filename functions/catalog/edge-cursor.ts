/** Where a page of edges ended: in which factory, with which owner, and which edge of that owner was shown last. */
import { z } from 'zod';

const place = z.tuple([z.string(), z.string().optional(), z.string().optional()]);
export type EdgeCursor = z.infer<typeof place>;

export const toContinuation = (at: EdgeCursor): string => JSON.stringify(at);

export const placeAt = (continuation: string | undefined): EdgeCursor | readonly [] =>
  continuation === undefined ? [] : place.parse(JSON.parse(continuation));
