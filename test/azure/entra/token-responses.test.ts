/** Responses of the token endpoint that are neither tokens nor errors of Entra. */
import { EntraTokenEndpoint } from '../../../functions/azure/entra/token-endpoint';
import { OwnApp } from '../../../functions/azure/entra/own-app';
import { Secret } from '../../../functions/secrets/secret';

const entraUrl = 'https://login.example';
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const app = { tenantId: 'contoso', clientId, clientSecret: new Secret('secret') };

/** Metadata of the tenant, then the same response to each token request. */
function respondWith(body: string, { metadataStatus = 200, metadataBody = '' } = {}) {
  const base = `${entraUrl}/contoso`;
  const metadata = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
  jest
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async (url) =>
      (url as string).includes('openid-configuration')
        ? new Response(metadataBody || JSON.stringify(metadata), { status: metadataStatus })
        : new Response(body),
    );
}

const ownApp = new OwnApp({
  entraUrl,
  clientId,
  tenantId: 'home',
  clientSecret: async () => new Secret('own'),
  now: () => new Date(),
});
const endpoint = new EntraTokenEndpoint({
  entraUrl,
  ownApp,
  redirectUri: 'https://app.example/callback',
});

afterEach(() => jest.restoreAllMocks());

describe('a token request', () => {
  it.each([
    'null',
    '[]',
    '"text"',
    '42',
    '{}',
    '',
    '<html>portal</html>',
    '{"error":"invalid_grant","error_codes":[50173]}',
    '{"access_token":"","expires_in":3600}',
    '{"access_token":5,"expires_in":3600}',
    '{"access_token":"a.b.c"}',
    '{"access_token":"a.b.c","expires_in":"soon"}',
    '{"access_token":"a.b.c","expires_in":-1}',
    '{"access_token":"a.b.c","expires_in":1e300}',
  ])('takes the response %j for an outage', async (body) => {
    respondWith(body);

    const grant = new Secret('grant');
    const results = await Promise.allSettled([
      endpoint.withClientCredentials(app, 'resource-manager'),
      endpoint.withRefreshToken('contoso', grant),
      endpoint.withRefreshToken('contoso', grant, { clientId: 'customer' }),
    ]);

    const outage = { status: 'rejected', reason: { code: 'idp_unavailable', retryable: true } };
    expect(results).toMatchObject([outage, outage, outage]);
  });
});

describe('a request for the metadata of a tenant', () => {
  it.each([
    [400, '{"error":"invalid_tenant","error_codes":[90002]}', 'tenant_not_found'],
    [429, '{}', 'idp_throttled'],
    [503, '<html>', 'idp_unavailable'],
    [200, '<html>', 'idp_unavailable'],
  ])('answered with %i and %j reports %s', async (metadataStatus, metadataBody, code) => {
    respondWith('{}', { metadataStatus, metadataBody });

    const results = await Promise.allSettled([
      endpoint.withClientCredentials(app, 'resource-manager'),
      endpoint.withRefreshToken('contoso', new Secret('grant')),
    ]);

    const failed = { status: 'rejected', reason: { code } };
    expect(results).toMatchObject([failed, failed]);
  });
});
