/**
 * Position in a list of edges: the factory, the document, and the last edge shown of that document.
 */
import { z } from 'zod';

const edgeCursor = z.tuple([z.string(), z.string().optional(), z.string().optional()]);
export type EdgeCursor = z.infer<typeof edgeCursor>;

export const formatEdgeCursor = (cursor: EdgeCursor): string => JSON.stringify(cursor);

export const parseEdgeCursor = (continuation: string | undefined): EdgeCursor | readonly [] =>
  continuation === undefined ? [] : edgeCursor.parse(JSON.parse(continuation));
