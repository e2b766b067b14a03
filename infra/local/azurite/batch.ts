/**
 * Which tables a `$batch` request writes. Its address does not say, so the body is looked at as it passes: every
 * operation is a request line of its own, and JSON has no raw line breaks that could imitate one.
 */
import type { IncomingMessage } from 'node:http';

export const isBatch = (url: string) => url.includes('/$batch');

/** Keeps the body without consuming it: listening to the stream would take it away from Azurite. */
export function bodyOf(incoming: IncomingMessage): () => Buffer {
  const chunks: Buffer[] = [];
  const push = incoming.push.bind(incoming);
  incoming.push = (chunk: Buffer | null, encoding) => {
    if (chunk) chunks.push(chunk);
    return push(chunk, encoding);
  };
  return () => Buffer.concat(chunks);
}

/** `catalog ×100` */
export function tablesOf(batch: Buffer): string {
  const operations = new Map<string, number>();
  for (let at = batch.indexOf(lineEnd); at !== -1; at = batch.indexOf(lineEnd, at + 1)) {
    const line = batch.toString('latin1', batch.lastIndexOf('\n', at) + 1, at);
    const [, table] = /^[A-Z]+ \w+:\/\/[^/]+\/\w+\/(\w+)/.exec(line) ?? [];
    if (table) operations.set(table, (operations.get(table) ?? 0) + 1);
  }
  return [...operations].map(([table, count]) => `${table} ×${count}`).join(', ');
}

const lineEnd = Buffer.from(' HTTP/1.1');
