/**
 * Sends requests to addresses of customers. A name is resolved once, all its addresses must be
 * public, and the connection uses one of the checked addresses. Redirects are not followed and the
 * response body is discarded.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { resolveByDns, type Resolve } from '../addresses/name-resolution';
import type { ChallengeResult, Sender, SendError, SendResult, WebhookRequest } from '../ports';
import { hostOf, isAllowedHost, isPublic } from '../addresses/public-address';

const ourHeaders = { 'User-Agent': 'adf-connect-webhooks/1' };
const defaultTimeoutMs = 10_000;
const maxResponseBytes = 65_536;

export class HttpsSender implements Sender {
  constructor(
    private readonly allowedHosts: readonly string[],
    private readonly resolve: Resolve = resolveByDns(),
    private readonly timeoutMs = defaultTimeoutMs,
  ) {}

  async send({ url, headers, body }: WebhookRequest): Promise<SendResult> {
    const response = await this.exchange(url, {
      method: 'POST',
      headers: { ...ourHeaders, ...headers },
      body,
    });
    if ('error' in response) return response;
    const retryAfterMs = retryAfterMsOf(response.headers['retry-after']);
    return { status: response.status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  async challenge(url: string, origin: string): Promise<ChallengeResult> {
    const headers = { ...ourHeaders, 'WebHook-Request-Origin': origin };
    const response = await this.exchange(url, { method: 'OPTIONS', headers, body: '' });
    if ('error' in response) return response;
    const allowedOrigin = response.headers['webhook-allowed-origin'];
    // A header that is repeated is one list.
    return {
      status: response.status,
      ...(allowedOrigin !== undefined && { allowedOrigin: String(allowedOrigin) }),
    };
  }

  private async exchange(text: string, message: Message): Promise<Response | { error: SendError }> {
    const url = new URL(text);
    if (url.protocol !== 'https:') return { error: 'address_refused' };
    const deadline = AbortSignal.timeout(this.timeoutMs);
    try {
      const address = await beforeDeadline(deadline, this.addressOf(url));
      return await request(url, address, message, deadline);
    } catch (error) {
      return { error: error instanceof SendFailedError ? error.code : errorOf(error, deadline) };
    }
  }

  private async addressOf(url: URL): Promise<string> {
    const host = hostOf(url);
    const addresses = isIP(host) ? [host] : await this.resolve(host).catch(() => []);
    if (addresses.length === 0) throw new SendFailedError('name_not_resolved');
    // One private address is enough to refuse the name: it can be rebound to that address.
    if (!isAllowedHost(url, this.allowedHosts) && !addresses.every(isPublic))
      throw new SendFailedError('address_refused');
    return addresses.find((address) => isIP(address) === 4) ?? addresses[0]!;
  }
}

class SendFailedError extends Error {
  override readonly name = 'SendFailedError';
  constructor(readonly code: SendError) {
    super(code);
  }
}

interface Message {
  readonly method: 'POST' | 'OPTIONS';
  readonly headers: WebhookRequest['headers'];
  readonly body: string;
}

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

function request(
  url: URL,
  address: string,
  { method, headers, body }: Message,
  deadline: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({
      host: address,
      // TLS verifies the certificate for the host name. An IP address has no server name.
      servername: isIP(hostOf(url)) ? '' : hostOf(url),
      port: url.port || 443,
      method,
      path: url.pathname + url.search,
      headers: { ...headers, Host: url.host, 'Content-Length': Buffer.byteLength(body) },
      agent: false,
      signal: deadline,
    });
    outgoing.on('error', reject);
    // Node closes the connection without an error if the response upgrades it (RFC 9110 section 7.8).
    const closed = () => reject(new SendFailedError('connection_failed'));
    outgoing.on('close', closed);
    outgoing.on('response', (response) => {
      const done = () => resolve({ status: response.statusCode!, headers: response.headers });
      // The status is known, so later failures do not change the result.
      outgoing.off('close', closed).off('error', reject).on('error', done);
      drain(response, done);
    });
    outgoing.end(body);
  });
}

/** Seconds or a date (RFC 9110 section 10.2.3). Undefined if the header is neither. */
function retryAfterMsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Reads a limited part of the body, so that the connection can end properly. */
function drain(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxResponseBytes) response.destroy();
  });
  response.on('error', done);
  response.on('close', done);
}

function errorOf(error: unknown, deadline: AbortSignal): SendError {
  if (deadline.aborted) return 'timed_out';
  const { code = '' } = error as NodeJS.ErrnoException;
  return /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|SSL|TLS/.test(code)
    ? 'certificate_refused'
    : 'connection_failed';
}

/** A DNS lookup cannot be aborted, so the caller stops waiting for it. */
async function beforeDeadline<T>(deadline: AbortSignal, work: Promise<T>): Promise<T> {
  let onAbort: () => void = () => undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new SendFailedError('timed_out'));
    deadline.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    deadline.removeEventListener('abort', onAbort);
  }
}
