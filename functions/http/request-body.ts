/**
 * Bodies arrive as streams. Reading one has limits of bytes and of time, and what a request leaves
 * unread is taken off the connection, because the next request on it would wait for that.
 */
import { isUtf8 } from 'node:buffer';
import type { HttpRequest } from '@azure/functions';
import { InvalidInputError, SlowBodyError, TooLargeError } from '../errors/app-error';

/** For the whole body. A caller with a slow connection sends a megabyte in this time. */
export const bodyTimeoutMs = 30_000;
/** Without a byte: the caller has stopped sending. */
export const stalledBodyMs = 10_000;
const maxDrainedBytes = 16 * 1_048_576;
/** Shorter than the time for which the host keeps a connection with an unread body. */
export const drainTimeoutMs = 4_000;
/** Requests whose body did not arrive in time. To drain it would only delay the response. */
const abandoned = new WeakSet<HttpRequest>();

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
  const limits = { timeoutMs: bodyTimeoutMs, stalledMs: stalledBodyMs };
  const end = await readChunks(request, limits, (chunk) => {
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
  if (end === 'timeout') {
    abandoned.add(request);
    throw new SlowBodyError(
      'body_timeout',
      `The body stopped for ${stalledBodyMs / 1_000} seconds or took longer than ${bodyTimeoutMs / 1_000}. Send it again.`,
    );
  }
  return Buffer.concat(chunks);
}

/** Discards what is left of the body, up to limits of bytes and time. Never throws. */
export async function drainBody(request: HttpRequest): Promise<void> {
  if (abandoned.has(request)) return;
  let size = 0;
  const limits = { timeoutMs: drainTimeoutMs, stalledMs: drainTimeoutMs };
  await readChunks(request, limits, (chunk) => {
    size += chunk.byteLength;
    return size < maxDrainedBytes;
  }).catch(() => {
    // The caller is gone, so nothing is left on the connection.
  });
}

interface ReadLimits {
  /** For the whole body. */
  readonly timeoutMs: number;
  /** Between two chunks. */
  readonly stalledMs: number;
}

/** Reads until the body ends, `accept` refuses a chunk or the time is up. */
async function readChunks(
  { body }: HttpRequest,
  { timeoutMs, stalledMs }: ReadLimits,
  accept: (chunk: Uint8Array) => boolean,
): Promise<'end' | 'refused' | 'timeout'> {
  if (!body) return 'end';
  const reader = body.getReader();
  let giveUp: (() => void) | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    giveUp = () => resolve('timeout');
  });
  const whole = setTimeout(giveUp!, timeoutMs);
  const stalled = setTimeout(giveUp!, stalledMs);
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), timeout]);
      if (next === 'timeout') return 'timeout';
      if (next.done) return 'end';
      if (!accept(next.value as Uint8Array)) return 'refused';
      stalled.refresh();
    }
  } finally {
    clearTimeout(whole);
    clearTimeout(stalled);
    reader.releaseLock();
  }
}
