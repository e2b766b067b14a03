/** Bodies as streams: without a length, slow, too large, or cut off. */
import { HttpRequest } from '@azure/functions';
import {
  bodyTimeoutMs,
  drainBody,
  drainTimeoutMs,
  readText,
  stalledBodyMs,
} from '../../functions/http/request-body';

const limit = 1_000;
const chunk = Buffer.alloc(100, 'x');

type Sent = Uint8Array | 'end' | 'cut' | undefined;

const later = (bytes: Uint8Array, ms: number) =>
  new Promise<Uint8Array>((resolve) => {
    setTimeout(resolve, ms, bytes);
  });

/** A request whose body `send` writes. `pulled` counts the chunks that were taken. */
function streamed(send: (pulled: number) => Sent | Promise<Uint8Array>) {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await send(pulled);
        if (next === undefined) return new Promise<void>(() => undefined);
        if (next === 'end') return controller.close();
        if (next === 'cut') return controller.error(new Error('aborted'));
        pulled++;
        controller.enqueue(next);
      },
    },
    { highWaterMark: 0 },
  );
  const nativeRequest = new Request('http://localhost/', {
    method: 'POST',
    body,
    duplex: 'half',
  } as RequestInit);
  const request = new HttpRequest({ nativeRequest } as ConstructorParameters<
    typeof HttpRequest
  >[0]);
  return { request, pulled: () => pulled };
}

describe('readText', () => {
  it('reads a body that arrives in chunks', async () => {
    const { request } = streamed((n) => (n < 10 ? chunk : 'end'));

    expect(await readText(request, limit)).toBe('x'.repeat(limit));
  });

  it('stops at the limit of bytes', async () => {
    const { request, pulled } = streamed(() => chunk);

    await expect(readText(request, limit)).rejects.toMatchObject({ code: 'body_too_large' });
    expect(pulled()).toBe(11);
  });

  it('blames the request for a body that is cut off', async () => {
    const { request } = streamed((n) => (n < 2 ? chunk : 'cut'));

    await expect(readText(request, limit)).rejects.toMatchObject({
      kind: 'invalid-input',
      code: 'body_cut_off',
    });
  });

  it.each([0, 1, 2])('gives up on a body that stops after %d chunks', async (chunks) => {
    jest.useFakeTimers();
    const { request } = streamed((n) => (n < chunks ? chunk : undefined));

    const reading = readText(request, limit).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(stalledBodyMs);

    expect(await reading).toMatchObject({ kind: 'too-slow', code: 'body_timeout' });
    await expect(drainBody(request)).resolves.toBeUndefined();
    jest.useRealTimers();
  });

  it('gives up on a body that trickles for too long', async () => {
    jest.useFakeTimers();
    const { request, pulled } = streamed(() => later(Buffer.from('x'), stalledBodyMs - 1));

    const reading = readText(request, limit).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(bodyTimeoutMs);

    expect(await reading).toMatchObject({ kind: 'too-slow', code: 'body_timeout' });
    expect(pulled()).toBe(3);
    jest.useRealTimers();
  });

  it('waits for a slow body that keeps arriving', async () => {
    jest.useFakeTimers();
    const { request } = streamed((n) => (n < 2 ? later(chunk, stalledBodyMs - 1) : 'end'));

    const reading = readText(request, limit);
    await jest.advanceTimersByTimeAsync(bodyTimeoutMs);

    expect(await reading).toHaveLength(200);
    jest.useRealTimers();
  });
});

describe('drainBody', () => {
  it('takes the rest of a refused body off the connection', async () => {
    const { request, pulled } = streamed((n) => (n < 50 ? chunk : 'end'));
    await expect(readText(request, limit)).rejects.toThrow('too large');

    await drainBody(request);

    expect(pulled()).toBe(50);
  });

  it('stops at a limit of bytes', async () => {
    const mebibyte = Buffer.alloc(1_048_576);
    const { request, pulled } = streamed(() => mebibyte);

    await drainBody(request);

    expect(pulled()).toBe(16);
  });

  it('stops at a limit of time', async () => {
    jest.useFakeTimers();
    const { request, pulled } = streamed((n) => (n < 2 ? chunk : undefined));

    const draining = drainBody(request);
    await jest.advanceTimersByTimeAsync(drainTimeoutMs);
    await draining;

    expect(pulled()).toBe(2);
    jest.useRealTimers();
  });

  it('accepts that the caller is gone', async () => {
    const { request } = streamed(() => 'cut');

    await expect(drainBody(request)).resolves.toBeUndefined();
  });
});
