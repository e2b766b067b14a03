/** What the Functions host tells the worker, CORS, and how the front passes requests on. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFront } from '../../infra/local/stack/front';
import { corsHeaders, preflight, readCors } from '../../infra/local/function-app/http/cors';
import { withinResponseLimit } from '../../infra/local/function-app/http/response-limit';
import { triggerMetadata } from '../../infra/local/function-app/http/trigger-metadata';

describe('triggerMetadata', () => {
  const query = new URLSearchParams('one=1&two=2&two=3&id=other');

  it('has headers, query and parameters, those of the route last', () => {
    const metadata = triggerMetadata({ accept: 'a, b', 'x-empty': '' }, query, { id: '7' });

    expect(metadata).toEqual({
      one: { string: '1' },
      two: { string: '2,3' },
      id: { string: '7' },
      Headers: { json: '{"accept":"a, b"}' },
      Query: { json: '{"one":"1","two":"2,3","id":"other"}' },
    });
  });

  it('accepts names of object prototype members', () => {
    const odd = new URLSearchParams('__proto__=1&constructor=2');

    expect(Object.entries(triggerMetadata({}, odd, {}))).toEqual(
      expect.arrayContaining([
        ['__proto__', { string: '1' }],
        ['constructor', { string: '2' }],
      ]),
    );
  });
});

describe('CORS', () => {
  const cors = readCors({ CORS: 'https://a.example, https://b.example/' });
  const from = (origin: string) => ({ origin, 'access-control-request-method': 'PATCH' });

  it('allows the preflight of a listed origin', () => {
    const headers = { ...from('https://b.example'), 'access-control-request-headers': 'if-match' };

    expect(preflight(cors, 'OPTIONS', headers)?.headers).toEqual({
      'access-control-allow-origin': 'https://b.example',
      'access-control-allow-methods': 'PATCH',
      'access-control-allow-headers': 'if-match',
      vary: 'Origin',
    });
  });

  it('allows nothing for another origin', () => {
    const headers = from('https://evil.example');

    expect(preflight(cors, 'OPTIONS', headers)?.headers).toEqual({ vary: 'Origin' });
    expect(corsHeaders(cors, headers)).toEqual({ vary: 'Origin' });
  });

  it('allows all origins for a star, without credentials', () => {
    const headers = from('https://c.example');
    const withCredentials = readCors({ 'Host.CORS': '*', 'Host.CORSCredentials': 'true' });

    expect(corsHeaders(readCors({}, '*'), headers)).toEqual({ 'access-control-allow-origin': '*' });
    expect(corsHeaders(withCredentials, headers)).toEqual({ vary: 'Origin' });
  });

  it('passes a preflight on if no origins are configured', () => {
    expect(preflight(readCors({}), 'OPTIONS', from('https://a.example'))).toBeUndefined();
  });
});

describe('withinResponseLimit', () => {
  it('responds for a function that takes too long', async () => {
    const never = new Promise<never>(() => undefined);

    expect(await withinResponseLimit(never, 1)).toEqual({ status: 504 });
    expect(await withinResponseLimit(Promise.resolve({ status: 202 }))).toEqual({ status: 202 });
  });
});

describe('the front of the workers', () => {
  it('passes a head on before its body arrives', async () => {
    const worker = createServer((_incoming, outgoing) => outgoing.writeHead(408).end());
    const front = await startFront(0);
    front.setWorkers([await addressOf(worker)]);

    const status = await new Promise((resolve) => {
      const sent = request(front.url, { method: 'POST', headers: { 'content-length': '9' } });
      sent.once('response', (response) => {
        resolve(response.statusCode);
        sent.destroy();
      });
      sent.flushHeaders();
    });

    expect(status).toBe(408);
    await front.stop();
    worker.close();
  });
});

const addressOf = (server: Server) =>
  new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
