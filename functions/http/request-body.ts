/**
 * Bodies arrive as streams. Reading one has a limit of bytes and of time, and what a request leaves
 * unread is taken off the connection, because the next request on it would wait for that.
 */
import { isUtf8 } from 'node:buffer';
import type { HttpRequest } from '@azure/functions';
import { InvalidInputError, SlowBodyError, TooLargeError } from '../errors/app-error';

/** For the whole body. A caller with a slow connection sends a megabyte in this time. */
export const bodyTimeoutMs = 30_000;
const maxDrainedBytes = 16 * 1_048_576;
/** Shorter than the time for which the host keeps a connection with an unread body. */
export const drainTimeoutMs = 4_000;

export async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes);
  if (!isUtf8(bytes))
    throw new InvalidInputError('body_not_utf8', 'The body is not UTF-8. Encode it as UTF-8.');
  return bytes.toString('utf8');
}

/** Counts bytes as they arrive, because Content-Length may be false or missing. */
export async function readBytes(request: HttpRequest, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const end = await readChunks(request, bodyTimeoutMs, (chunk) => {
    size += chunk.byteLength;
    if (size <= maxBytes) chunks.push(chunk);
    return size <= maxBytes;
  }).catch(() => {
    throw new InvalidInputError('body_cut_off', 'The body ended early. Send it again.');
  });
  if (end === 'refused')
    throw new TooLargeError(
      'body_too_large',
      `The body is too large. Send at most ${maxBytes} bytes.`,
    );
  if (end === 'timeout')
    throw new SlowBodyError(
      'body_timeout',
      `The body did not arrive within ${bodyTimeoutMs / 1_000} seconds. Send it again.`,
    );
  return Buffer.concat(chunks);
}

/** Discards what is left of the body, up to limits of bytes and time. Never throws. */
export async function drainBody(request: HttpRequest): Promise<void> {
  let size = 0;
  await readChunks(request, drainTimeoutMs, (chunk) => {
    size += chunk.byteLength;
    return size < maxDrainedBytes;
  }).catch(() => {
    // The caller is gone, so nothing is left on the connection.
  });
}

/** Reads until the body ends, `accept` refuses a chunk or the time is up. */
async function readChunks(
  { body }: HttpRequest,
  timeoutMs: number,
  accept: (chunk: Uint8Array) => boolean,
): Promise<'end' | 'refused' | 'timeout'> {
  if (!body) return 'end';
  const reader = body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'timeout');
  });
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), timeout]);
      if (next === 'timeout') return 'timeout';
      if (next.done) return 'end';
      if (!accept(next.value as Uint8Array)) return 'refused';
    }
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}
