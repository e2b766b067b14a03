import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '@azure/functions';
import { base64url, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { authenticator } from '../../functions/http/authenticate';
import { owner, ownerOfOtherTenant, now } from '../support/builders';

const clientId = '0f0e1d2c-0000-4000-8000-0000000000a1';
let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
let foreignKeys: typeof keys;
let server: Server;
let entraUrl: string;

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  foreignKeys = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'ours', alg: 'RS256', use: 'sig' };
  server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  entraUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

function authenticate(token: string | undefined, tenants = ['*']) {
  const request = new HttpRequest({
    method: 'GET',
    url: 'http://localhost:7071/api/connectors',
    ...(token !== undefined && { headers: { authorization: token } }),
  });
  return authenticator({ entraUrl, clientId, tenants, now: () => now })(request);
}

describe('authenticator', () => {
  it('maps a token to the caller and its roles', async () => {
    const caller = await authenticate(`Bearer ${await sign(claims())}`);

    expect(caller).toEqual(owner);
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
