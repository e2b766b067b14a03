import { createHmac } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '@azure/functions';
import { base64url, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { UnauthenticatedError } from '../../functions/errors/app-error';
import { authenticator } from '../../functions/http/authenticate';
import type { Caller } from '../../functions/http/caller';
import { toProblem } from '../../functions/http/problem';
import { owner, ownerOfOtherTenant, now } from '../support/builders';

const leaver = 'c0c0a000-0000-4000-8000-0000000000ee';
const clientId = '0f0e1d2c-0000-4000-8000-0000000000a1';
let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
let foreignKeys: typeof keys;
let server: Server;
let entraUrl: string;
/** Response of the endpoint of the signing keys. */
let respond: (response: ServerResponse) => unknown;
let sendKeys: typeof respond;
let keyRequests = 0;

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  foreignKeys = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'ours', alg: 'RS256', use: 'sig' };
  sendKeys = (response) => response.end(JSON.stringify({ keys: [jwk] }));
  server = createServer((_request, response) => {
    keyRequests++;
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  entraUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  respond = sendKeys;
  keyRequests = 0;
});
afterEach(() => {
  jest.useRealTimers();
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const inSeconds = (seconds: number) => Math.floor(now.getTime() / 1_000) + seconds;
const claims = (changed: object = {}) => ({
  iss: `${entraUrl}/${owner.tenantId}/v2.0`,
  aud: clientId,
  ver: '2.0',
  tid: owner.tenantId,
  oid: owner.objectId,
  name: 'Ada Lovelace',
  scp: 'openid access_as_user',
  roles: ['Connector.Owner', 'Other.Role'],
  nbf: inSeconds(-10),
  exp: inSeconds(3_600),
  ...changed,
});
const sign = (payload: object, key = keys.privateKey, kid = 'ours') =>
  new SignJWT(JSON.parse(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(key);

const assertPresent = async (caller: Caller) => {
  if (caller.objectId === leaver) throw new UnauthenticatedError('person_deactivated', 'left');
};

function authenticate(token: string | undefined, tenants = ['*']) {
  const request = new HttpRequest({
    method: 'GET',
    url: 'http://localhost:7071/api/connectors',
    ...(token !== undefined && { headers: { authorization: token } }),
  });
  return authenticator({ entraUrl, clientId, tenants, assertPresent, now: () => now })(request);
}

describe('authenticator', () => {
  it('maps a token to the caller and its roles', async () => {
    const caller = await authenticate(`Bearer ${await sign(claims())}`);

    expect(caller).toEqual(owner);
  });

  it('rejects a valid token of a person who left', async () => {
    const authenticated = authenticate(`Bearer ${await sign(claims({ oid: leaver }))}`);

    await expect(authenticated).rejects.toMatchObject({ code: 'person_deactivated' });
  });

  it('requires no scope of an app with a role', async () => {
    const token = await sign(claims({ scp: undefined, idtyp: 'app' }));

    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ roles: ['Owner'] });
  });

  it.each<[string, object, string]>([
    ['that is expired', { exp: inSeconds(-61) }, 'token_expired'],
    ['that is not yet valid', { nbf: inSeconds(120) }, 'token_invalid'],
    ['for another API', { aud: 'another' }, 'token_invalid'],
    ['without a tenant', { tid: undefined }, 'token_invalid'],
    ['without an object id', { oid: undefined }, 'token_invalid'],
    ['of version 1', { ver: '1.0' }, 'token_wrong_issuer'],
    ['that another tenant issued', { tid: ownerOfOtherTenant.tenantId }, 'token_wrong_issuer'],
    ['of another issuer', { iss: 'https://evil.example/v2.0' }, 'token_wrong_issuer'],
  ])('rejects a token %s', async (_, changed, code) => {
    const authenticated = authenticate(`Bearer ${await sign(claims(changed))}`);

    await expect(authenticated).rejects.toMatchObject({ kind: 'unauthenticated', code });
  });

  it('forbids a delegated token without the scope', async () => {
    const authenticated = authenticate(`Bearer ${await sign(claims({ scp: 'openid' }))}`);

    await expect(authenticated).rejects.toMatchObject({ kind: 'forbidden', code: 'scope_missing' });
  });

  it.each<[string, object, string]>([
    ['without scope and token type', { scp: undefined }, 'token_type_missing'],
    ['of a person without scope', { scp: undefined, idtyp: 'user' }, 'scope_missing'],
    ['of an app with another scope alone', { scp: 'openid' }, 'scope_missing'],
  ])('advises the caller of a token %s', async (_, changed, code) => {
    const authenticated = authenticate(`Bearer ${await sign(claims(changed))}`);

    await expect(authenticated).rejects.toMatchObject({ kind: 'forbidden', code });
  });

  it('names the tenant of a token in lower case', async () => {
    const tid = owner.tenantId.toUpperCase();
    const iss = `${entraUrl}/${tid}/v2.0`;

    const caller = await authenticate(`Bearer ${await sign(claims({ tid, iss }))}`, [
      owner.tenantId,
    ]);

    expect(caller.tenantId).toBe(owner.tenantId);
  });

  it('forbids a tenant that is not configured', async () => {
    const authenticated = authenticate(`Bearer ${await sign(claims())}`, [
      ownerOfOtherTenant.tenantId,
    ]);

    await expect(authenticated).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'tenant_not_allowed',
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['signed with another key', () => sign(claims(), foreignKeys.privateKey)],
    ['with an unknown key id', () => sign(claims(), keys.privateKey, 'theirs')],
    ['that is not signed', async () => `${encoded({ alg: 'none' })}.${encoded(claims())}.`],
    ['signed with the public key as HMAC secret', hmacWithPublicKey],
    ['changed after signing', async () => changedPayload(await sign(claims()))],
    ['that is not a JWT', async () => 'abc'],
  ])('rejects a token %s', async (_, token) => {
    const authenticated = authenticate(`Bearer ${await token()}`);

    await expect(authenticated).rejects.toMatchObject({
      kind: 'unauthenticated',
      code: 'token_invalid',
    });
  });

  it.each([undefined, '', 'Basic YTpi', 'Bearer', 'Bearer a b'])(
    'requires a token for the header %j',
    async (header) => {
      await expect(authenticate(header)).rejects.toMatchObject({ code: 'token_missing' });
    },
  );
});

describe('a token that was verified', () => {
  /** Sends one token at several times, in seconds from now. */
  async function sendAt(times: readonly number[], life: number) {
    const verify = jest.spyOn(globalThis.crypto.subtle, 'verify');
    const present = jest.fn(assertPresent);
    let at = now.getTime();
    const clock = { now: () => new Date(at), assertPresent: present };
    const send = authenticator({ entraUrl, clientId, tenants: ['*'], ...clock });
    const token = await sign(claims({ exp: inSeconds(life) }));
    const headers = { authorization: `Bearer ${token}` };
    const results = [];
    for (const seconds of times) {
      at = now.getTime() + seconds * 1_000;
      const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api', headers });
      results.push(await send(request).catch(({ code }: { code: string }) => code));
    }
    const verified = verify.mock.calls.length;
    verify.mockRestore();
    return { results, verified, checked: present.mock.calls.length };
  }

  it('is trusted for a minute, also if the clock is set back', async () => {
    const { results, verified, checked } = await sendAt([0, 30, 59, 61, 0], 3_600);

    expect(results).toEqual(Array.from({ length: 5 }, () => owner));
    expect(verified).toBe(3);
    expect(checked).toBe(5);
  });

  it('is trusted no longer than it is valid', async () => {
    const { results } = await sendAt([50, 69, 70], 10);

    expect(results).toEqual([owner, owner, 'token_expired']);
  });
});

describe('signing keys', () => {
  const failures: [string, (response: ServerResponse) => unknown][] = [
    ['status 500', (response) => response.writeHead(500).end()],
    ['status 404', (response) => response.writeHead(404).end('{"keys":[]}')],
    ['status 429', (response) => response.writeHead(429, { 'retry-after': '9' }).end('{}')],
    ['a page in HTML', (response) => response.end('<html>Maintenance</html>')],
    ['an empty body', (response) => response.end()],
    ['no keys', (response) => response.end('{"keys":[]}')],
    ['another object', (response) => response.end('{"error":"busy"}')],
    ['keys without a modulus', (response) => response.end('{"keys":[{"kty":"RSA","kid":"ours"}]}')],
    ['a redirect', (response) => response.writeHead(302, { location: '/login' }).end()],
    ['half of a body', (response) => cut(response)],
    ['no response', (response) => response.destroy()],
  ];
  const cut = (response: ServerResponse) =>
    response
      .writeHead(200, { 'content-length': '1000' })
      .write('{"keys":[', () => response.destroy());
  const requestWith = (token: string) =>
    new HttpRequest({
      method: 'GET',
      url: 'http://localhost:7071/api/connectors',
      headers: { authorization: `Bearer ${token}` },
    });

  /** An authenticator whose clock, like the one of jose, moves with `wait`. */
  function patient() {
    jest.useFakeTimers({ now, toFake: ['Date'] } as never);
    const authenticateLater = authenticator({
      assertPresent,
      entraUrl,
      clientId,
      tenants: ['*'],
      now: () => new Date(),
    });
    return {
      wait: (seconds: number) => jest.setSystemTime(Date.now() + seconds * 1_000),
      call: async (kid = 'ours') => {
        const life = { nbf: undefined, exp: Math.floor(Date.now() / 1_000) + 3_600 };
        return authenticateLater(requestWith(await sign(claims(life), keys.privateKey, kid)));
      },
    };
  }

  it.each(failures)('are unavailable after %s', async (_, failure) => {
    respond = failure;

    const authenticated = authenticate(`Bearer ${await sign(claims())}`);

    const error = await authenticated.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'upstream', code: 'signing_keys_unavailable' });
    expect(toProblem(error, 'urn:x')).toMatchObject({
      status: 503,
      headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
    });
  });

  it.each(failures)('serve for a day after %s', async (_, failure) => {
    const { call, wait } = patient();
    await call();
    respond = failure;

    wait(23 * 3_600);
    const later = await call();
    wait(3_700);
    const tooLate = call();

    expect(later).toEqual(owner);
    await expect(tooLate).rejects.toMatchObject({ code: 'signing_keys_unavailable' });
  });

  it('are unavailable for an unknown key id while Entra fails', async () => {
    const { call, wait } = patient();
    await call();
    respond = failures[0]![1];
    wait(60);

    await expect(call('new')).rejects.toMatchObject({ code: 'signing_keys_unavailable' });

    respond = sendKeys;
    wait(60);
    await expect(call('new')).rejects.toMatchObject({ code: 'token_invalid' });
    expect(await call()).toEqual(owner);
  });

  it('are requested once in five seconds while Entra fails', async () => {
    const { call, wait } = patient();
    respond = failures[0]![1];

    for (let request = 0; request < 5; request++) await call().catch(() => undefined);
    const before = keyRequests;
    respond = sendKeys;
    wait(5);

    expect(await call()).toEqual(owner);
    expect([before, keyRequests]).toEqual([1, 2]);
  });
});

const encoded = (value: object) => base64url.encode(JSON.stringify(value));

async function hmacWithPublicKey(): Promise<string> {
  const { n } = await exportJWK(keys.publicKey);
  const unsigned = `${encoded({ alg: 'HS256', kid: 'ours' })}.${encoded(claims())}`;
  return `${unsigned}.${createHmac('sha256', n!).update(unsigned).digest('base64url')}`;
}

function changedPayload(token: string): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encoded(claims({ roles: ['Connector.Operator'] }))}.${signature}`;
}
