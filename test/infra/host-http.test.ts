/** HTTP conversion, cookies and CORS of the Functions host, without a server. */
import { setCookie } from '../../infra/local/function-app/http/cookies';
import { corsHeaders, preflight, readCors } from '../../infra/local/function-app/http/cors';
import { toHttpResponse, toHttpInput } from '../../infra/local/function-app/http/http-conversion';

describe('toHttpInput', () => {
  const url = new URL('http://host/api/a?one=1&two=2&two=3&empty=');
  const call = { method: 'POST', url, params: { id: '7' }, body: Buffer.from('x') };

  it('maps headers, query and parameters', () => {
    const input = toHttpInput({ ...call, headers: { accept: 'a, b', 'x-empty': '' } });

    expect(input).toEqual({
      method: 'POST',
      url: url.href,
      nullableHeaders: { accept: { value: 'a, b' } },
      nullableQuery: { one: { value: '1' }, two: { value: '2,3' }, empty: { value: '' } },
      nullableParams: { id: { value: '7' } },
      body: { bytes: Buffer.from('x') },
    });
  });

  it('accepts names of object prototype members', () => {
    const odd = new URL('http://host/?__proto__=1&constructor=2');

    const { nullableQuery } = toHttpInput({ ...call, url: odd, headers: {} });

    expect(Object.entries(nullableQuery)).toEqual([
      ['__proto__', { value: '1' }],
      ['constructor', { value: '2' }],
    ]);
  });

  it('omits an empty body', () => {
    expect(toHttpInput({ ...call, headers: {}, body: Buffer.alloc(0) })).not.toHaveProperty('body');
  });
});

describe('toHttpResponse', () => {
  it('sends cookies beside a Set-Cookie header', () => {
    const response = toHttpResponse({
      http: {
        statusCode: '201',
        headers: { 'set-cookie': 'a=1', 'content-type': 'text/plain', 'content-length': '99' },
        cookies: [{ name: 'b', value: '2' }],
        body: { bytes: Buffer.from('ok') },
      },
    });

    expect(response).toEqual({
      status: 201,
      headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
      body: Buffer.from('ok'),
    });
  });

  it('maps a missing result to 204', () => {
    expect(toHttpResponse(undefined)).toEqual({ status: 204 });
  });

  it.each([
    [{ sameSite: 'lax' as const }, 'n=v; SameSite=Lax'],
    [{ sameSite: 'explicitNone' as const }, 'n=v; SameSite=None'],
    [{ sameSite: 'none' as const }, 'n=v'],
    [{ maxAge: { value: 0 } }, 'n=v; Max-Age=0'],
    [{ expires: { value: { seconds: 0 } } }, 'n=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    [{ path: { value: '/a; Secure\r\nX: 1' } }, 'n=v; Path=/a SecureX: 1'],
    [{ secure: { value: false }, httpOnly: { value: true } }, 'n=v; HttpOnly'],
  ])('formats a cookie with %j as %s', (attributes, header) => {
    expect(setCookie({ name: 'n', value: 'v', ...attributes })).toBe(header);
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
