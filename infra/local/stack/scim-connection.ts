/** The provisioning connection of the sample tenant, so that an identity provider can be tried at once. */
import { join } from 'node:path';
import { apiClient, type Api } from '../cli/api';
import type { ScimProfile } from '../cli/arguments';
import { readJson } from './data-folder';

/** What an identity provider is configured with. */
export interface ScimAccess {
  readonly baseUrl: string;
  readonly token: string;
}

export const sampleConnectionName = 'Sample identity provider';

const path = '/api/provisioning/connections';

interface Connection {
  readonly id: string;
  readonly name: string;
  readonly profile: ScimProfile;
}

/**
 * Keeps the token of the last start while it works. Otherwise issues one and ends the others: a token
 * is shown once, so another one of this connection is known to no program.
 */
export async function openScimConnection(
  dataFolder: string,
  hostUrl: string,
  ownerToken: string,
  profile: ScimProfile = 'entra',
): Promise<ScimAccess> {
  const baseUrl = `${hostUrl}/api/scim/v2`;
  const api = apiClient(hostUrl, ownerToken);
  const id = await openConnection(api, profile);
  const earlier = await readJson<{ readonly scim?: ScimAccess }>(join(dataFolder, 'stack.json'));
  if (earlier?.scim && (await isAccepted(baseUrl, earlier.scim.token)))
    return { baseUrl, token: earlier.scim.token };
  const { token } = await api.call<{ readonly token: string }>('POST', `${path}/${id}/tokens`, {
    overlapDays: 0,
  });
  return { baseUrl, token };
}

async function openConnection(api: Api, profile: ScimProfile): Promise<string> {
  const { items } = await api.call<{ readonly items: readonly Connection[] }>('GET', path);
  const known = items.find(({ name }) => name === sampleConnectionName);
  if (!known) {
    const body = { name: sampleConnectionName, profile };
    return (await api.call<Connection>('POST', path, body)).id;
  }
  if (known.profile !== profile)
    await api.call('PATCH', `${path}/${known.id}`, { profile }, { 'if-match': '*' });
  return known.id;
}

async function isAccepted(baseUrl: string, token: string): Promise<boolean> {
  const response = await fetch(`${baseUrl}/ServiceProviderConfig`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(60_000),
  });
  await response.body?.cancel();
  return response.ok;
}
