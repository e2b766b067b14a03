/** Managed-identity endpoint of App Service, api-version 2019-08-01. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../emulator/clock';
import type { EmulatorResponse, EmulatorRequest } from '../../emulator/server';
import { sample } from '../../seed/sample';
import { secondsOf, type Directory } from '../directory/directory';
import { EntraError } from '../entra-error';
import { findResource } from '../directory/resources';
import { appOnlyClaims, signAccessToken } from './token-claims';

/** Tokens of managed identities are valid for a day. */
const lifetimeSeconds = 86_400;
const { tenantId, identityClientId } = sample.home;

export async function issueIdentityToken(
  directory: Directory,
  header: string,
  { method, path, query, headers }: EmulatorRequest,
): Promise<EmulatorResponse | undefined> {
  if (path !== '/msi/token' || method !== 'GET') return undefined;
  if (headers['x-identity-header'] !== header)
    return refused(401, 'X-IDENTITY-HEADER is missing or wrong.');
  if (query.get('api-version') !== '2019-08-01')
    return refused(400, `The api-version '${query.get('api-version') ?? ''}' is not supported.`);
  const resource = query.get('resource');
  if (!resource) return refused(400, "The parameter 'resource' is required.");
  const identityParameters = ['client_id', 'principal_id', 'object_id', 'mi_res_id'].filter(
    (name) => query.has(name),
  );
  // Only a user-assigned identity exists, so the request must name it.
  if (identityParameters.length === 0)
    return refused(400, 'Unable to load the proper Managed Identity.');
  if (query.get('client_id') !== identityClientId)
    return refused(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  return issueToken(directory, resource);
}

async function issueToken(directory: Directory, resource: string): Promise<EmulatorResponse> {
  try {
    const found = findResource(resource);
    const claims = appOnlyClaims(directory.registry.app(identityClientId), tenantId, found);
    const access_token = await signAccessToken(
      directory,
      found,
      { ...claims, tid: tenantId },
      lifetimeSeconds,
    );
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        access_token,
        expires_on: expiry(directory.clock),
        // Exactly as requested, because clients use it as a cache key.
        resource,
        token_type: 'Bearer',
        client_id: identityClientId,
      },
    };
  } catch (error) {
    if (error instanceof EntraError)
      return refused(400, `AADSTS${error.code}: The resource ${resource} was not found.`);
    throw error;
  }
}

const expiry = (clock: Clock) => String(secondsOf(clock.now()) + lifetimeSeconds);

const refused = (statusCode: number, message: string): EmulatorResponse => ({
  status: statusCode,
  body: { statusCode, message, correlationId: randomUUID() },
});
