/** A client of the SCIM endpoint of a running stack, and the programs that play identity providers. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScimAccess } from '../../../infra/local/stack/scim-connection';
import type { ScimClient } from '../../provisioning/scim-client';

const program = join(__dirname, '../../../dist/local/idp.js');

export const hostScimClient =
  ({ baseUrl, token }: ScimAccess): ScimClient =>
  async (method, path, call) => {
    const { body, headers } = call ?? {};
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      json: text === '' ? undefined : JSON.parse(text),
    };
  };

/** What `npm run idp` prints. Rejects if a response is not what the provider expects. */
export async function playProvider(
  provider: 'entra' | 'okta',
  dataFolder: string,
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    provider,
    `--data=${dataFolder}`,
  ]);
  return stdout;
}
