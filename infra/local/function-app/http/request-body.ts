/** Reads a request body into memory, up to a limit. */
import type { IncomingMessage } from 'node:http';

export class BodyTooLargeError extends Error {}
/** The caller closed the connection before the request was complete. */
export class AbortedError extends Error {}

export async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  if (length === undefined && encoding === undefined) return Buffer.alloc(0);
  if (Number(length) > limit) throw new BodyTooLargeError();

  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise<Buffer>((resolve, reject) => {
    incoming
      .on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= limit) chunks.push(chunk);
        else reject(new BodyTooLargeError());
      })
      .once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
      .once('error', () => reject(new AbortedError()))
      .once('close', () => reject(new AbortedError()));
  });
}
