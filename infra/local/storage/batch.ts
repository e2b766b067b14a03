/**
 * Which tables a `$batch` request writes. Its address does not say, so the body is looked at as it passes: every
 * operation is a request line of its own, and JSON has no raw line breaks that could imitate one.
 */
import type { IncomingMessage } from 'node:http';

export const isBatch = (url: string) => url.includes('/$batch');

/**
 * Holds the body back until it is whole, and lets it go once it was looked at. Listening to the stream would take it
 * away from Azurite, so it is caught where the parser hands it to the stream.
 */
export function bufferBody(incoming: IncomingMessage, look: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const push = incoming.push.bind(incoming);
  incoming.push = (chunk: Buffer | null) => {
    if (chunk) return chunks.push(chunk) > 0;
    const body = Buffer.concat(chunks);
    incoming.push = push;
    look(body);
    push(body);
    return push(null);
  };
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
