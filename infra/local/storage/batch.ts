/**
 * Finds the tables that a `$batch` request writes. The URL does not name them, so the body is
 * inspected: each operation is a request line, and JSON has no raw line breaks that could imitate
 * one.
 */
import type { IncomingMessage } from 'node:http';

export const isBatch = (url: string) => url.includes('/$batch');

/**
 * Buffers the body, calls `inspect` with it and then passes it on. Reading the stream would take
 * the body from Azurite, so this intercepts `push`, with which the HTTP parser fills the stream.
 */
export function bufferBody(incoming: IncomingMessage, inspect: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const push = incoming.push.bind(incoming);
  incoming.push = (chunk: Buffer | null) => {
    if (chunk) return chunks.push(chunk) > 0;
    const body = Buffer.concat(chunks);
    incoming.push = push;
    inspect(body);
    push(body);
    return push(null);
  };
}

/** For example `catalog ×100`. */
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
