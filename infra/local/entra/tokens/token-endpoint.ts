/** POST /{tenant}/oauth2/v2.0/token and /devicecode. */
import type { EmulatorResponse, EmulatorRequest } from '../../emulator/server';
import { appIn, readAuthority } from '../directory/authority';
import type { Directory } from '../directory/directory';
import { deviceCodeLifetimeSeconds } from './device-codes';
import { EntraError, noStore } from '../entra-error';
import { grants, required } from './grants';
import type { Grant } from '../directory/registry';
import { readScopes } from './scopes';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Grants of Entra that the emulator does not implement (501). */
const unsupportedGrants =
  /^urn:ietf:params:oauth:grant-type:(jwt-bearer|saml2-bearer|token-exchange)$/;

export async function issueTokens(
  directory: Directory,
  tenantName: string,
  received: EmulatorRequest,
): Promise<EmulatorResponse | undefined> {
  const form = readForm(received);
  const grantType = required(form, 'grant_type');
  if (unsupportedGrants.test(grantType) || form.has('client_assertion')) return undefined;
  const grant =
    grantType === deviceGrant || grantType === 'device_code' ? 'device_code' : grantType;
  if (!Object.hasOwn(grants, grant)) throw new EntraError(70003);
  directory.registry.throwInjectedFailure(grant as Grant, errorParametersOf(tenantName, form));
  const authority = readAuthority(directory.registry, tenantName);
  const app = appIn(directory.registry, authority, clientIdOf(received, form));
  const body = await grants[grant as Grant]({ received, form, authority, app }, directory);
  return { status: 200, headers: noStore, body };
}

export function issueDeviceCode(
  directory: Directory,
  tenantName: string,
  received: EmulatorRequest,
  intervalSeconds: number,
): EmulatorResponse {
  const form = readForm(received);
  directory.registry.throwInjectedFailure(
    'device_authorization',
    errorParametersOf(tenantName, form),
  );
  const authority = readAuthority(directory.registry, tenantName);
  const app = appIn(directory.registry, authority, clientIdOf(received, form));
  const scopes = readScopes(required(form, 'scope'));
  const { deviceCode, userCode } = directory.deviceCodes.issue(app, authority, scopes);
  const page = `${directory.urls.signInUrl}/common/oauth2/deviceauth`;
  return {
    status: 200,
    headers: noStore,
    body: {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: page,
      expires_in: deviceCodeLifetimeSeconds,
      interval: intervalSeconds,
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`,
    },
  };
}

function readForm(received: EmulatorRequest): URLSearchParams {
  if (received.method !== 'POST') throw new EntraError(900561);
  return received.form();
}

/** The client id from the form, or the user name of Basic authentication. */
function clientIdOf(received: EmulatorRequest, form: URLSearchParams): string | null {
  const [, encoded] = /^Basic (\S+)$/i.exec(received.headers.authorization ?? '') ?? [];
  const basic = encoded && Buffer.from(encoded, 'base64').toString('utf8').split(':')[0];
  return form.get('client_id') ?? (basic ? decodeURIComponent(basic) : null);
}

const errorParametersOf = (tenant: string, form: URLSearchParams) => ({
  tenant,
  app: form.get('client_id') ?? undefined,
  user: form.get('username') ?? undefined,
  scope: form.get('scope') ?? undefined,
  redirect: form.get('redirect_uri') ?? undefined,
  resource: form.get('scope') ?? undefined,
});
