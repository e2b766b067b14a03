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

/** For example `resources ×100 RowKey='dataset%7Corders'`, with the first key that a URL has. */
export function tablesOf(batch: Buffer): string {
  const operations = new Map<string, number>();
  let key = '';
  for (let at = batch.indexOf(lineEnd); at !== -1; at = batch.indexOf(lineEnd, at + 1)) {
    const line = batch.toString('latin1', batch.lastIndexOf('\n', at) + 1, at);
    const [, table] = /^[A-Z]+ \w+:\/\/[^/]+\/\w+\/(\w+)/.exec(line) ?? [];
    if (!table) continue;
    operations.set(table, (operations.get(table) ?? 0) + 1);
    if (key === '') key = keyOf(line);
  }
  return [...operations].map(([table, count]) => `${table} ×${count}`).join(', ') + key;
}

/** The row key in the URL of an operation. A new row has none. */
function keyOf(line: string): string {
  const [, , key] = /RowKey=('|%27)(.*?)\1/i.exec(line) ?? [];
  return key === undefined ? '' : ` RowKey='${key}'`;
}

const lineEnd = Buffer.from(' HTTP/1.1');
