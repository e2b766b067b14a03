/**
 * POSTs to an address that a customer gave us, without letting it lead us anywhere else: the name is looked up once,
 * every address it stands for must be public, and the connection goes to the very address that was looked at. Redirects
 * are not followed, and what the other side says beyond its status is thrown away.
 */
import { lookup } from 'node:dns/promises';
import { ADDRCONFIG } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { hostOf, isAllowedHost, isPublic } from './public-address';
import type { SendResult, WebhookRequest, Sender, SendError } from './ports';

export type Resolve = (host: string) => Promise<readonly string[]>;

const timeoutInMs = 10_000;
const mostBytesRead = 65_536;

export class HttpsSender implements Sender {
  constructor(
    private readonly allowedHosts: readonly string[],
    private readonly resolve: Resolve = resolveByDns,
    private readonly disableAfterMs = timeoutInMs,
  ) {}

  async send({ url: text, headers, body }: WebhookRequest): Promise<SendResult> {
    const url = new URL(text);
    if (url.protocol !== 'https:') return { error: 'address_refused' };
    const deadline = AbortSignal.timeout(this.disableAfterMs);
    try {
      const address = await before(deadline, this.addressOf(url));
      return await post(url, address, { headers, body, deadline });
    } catch (error) {
      return { error: error instanceof Refusal ? error.failure : nameOf(error, deadline) };
    }
  }

  private async addressOf(url: URL): Promise<string> {
    const host = hostOf(url);
    const addresses = isIP(host) ? [host] : await this.resolve(host).catch(() => []);
    if (addresses.length === 0) throw new Refusal('name_not_resolved');
    // One closed address among open ones is reason enough: the next connection might take it.
    if (!isAllowedHost(url, this.allowedHosts) && !addresses.every(isPublic))
      throw new Refusal('address_refused');
    return addresses.find((address) => isIP(address) === 4) ?? addresses[0]!;
  }
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly failure: SendError) {
    super(failure);
  }
}

async function resolveByDns(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, hints: ADDRCONFIG });
  return found.map(({ address }) => address);
}

interface Sent {
  readonly headers: WebhookRequest['headers'];
  readonly body: string;
  readonly deadline: AbortSignal;
}

function post(url: URL, address: string, { headers, body, deadline }: Sent): Promise<SendResult> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: address,
      // TLS asks for the name, not for the address; an address has no name to ask for.
      servername: isIP(hostOf(url)) ? '' : hostOf(url),
      port: url.port || 443,
      method: 'POST',
      path: url.pathname + url.search,
      headers: { ...headers, Host: url.host, 'Content-Length': Buffer.byteLength(body) },
      agent: false,
      signal: deadline,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const done = () => resolve({ status: response.statusCode! });
      // From here on the status is known, and no fault can make it unknown.
      sent.off('error', reject).on('error', done);
      drain(response, done);
    });
    sent.end(body);
  });
}

/** The status is the answer; the rest is read so far as politeness goes, and its faults are of no interest. */
function drain(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytesRead) response.destroy();
  });
  response.on('error', done);
  response.on('close', done);
}

function nameOf(error: unknown, deadline: AbortSignal): SendError {
  if (deadline.aborted) return 'timed_out';
  const { code = '' } = error as NodeJS.ErrnoException;
  return /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|SSL|TLS/.test(code)
    ? 'certificate_refused'
    : 'connection_failed';
}

/** Looking up a name cannot be called off, but nobody has to wait for it. */
async function before<T>(deadline: AbortSignal, work: Promise<T>): Promise<T> {
  let late: () => void = () => undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = () => reject(new Refusal('timed_out'));
    deadline.addEventListener('abort', late);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    deadline.removeEventListener('abort', late);
  }
}
