/** Where a page of edges ended: in which factory, with which owner, and which edge of that owner was shown last. */
import { z } from 'zod';

const edgeCursor = z.tuple([z.string(), z.string().optional(), z.string().optional()]);
export type EdgeCursor = z.infer<typeof edgeCursor>;

export const formatEdgeCursor = (at: EdgeCursor): string => JSON.stringify(at);

export const parseEdgeCursor = (continuation: string | undefined): EdgeCursor | readonly [] =>
  continuation === undefined ? [] : edgeCursor.parse(JSON.parse(continuation));
