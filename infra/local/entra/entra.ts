/**
 * Entra ID emulator: token endpoints over TLS, sign-in pages over HTTP, the managed-identity
 * endpoint and a few reads of Microsoft Graph. Its state is in entra.json in the data folder.
 */
import { join } from 'node:path';
import { sample } from '../seed/sample';
import { serve, type ServeOptions, type Emulator, type EmulatorContext } from '../emulator/server';
import type { VerifyToken } from '../emulator/tokens';
import { authorizationCodes } from './tokens/authorization-codes';
import { deviceCodes } from './tokens/device-codes';
import type { Directory } from './directory/directory';
import { entraFault } from './entra-error';
import { entraHandler, signInHandler } from './endpoints';
import { graphHandler } from './directory/graph';
import { issueIdentityToken } from './tokens/managed-identity';
import { createRegistry, type Registry } from './directory/registry';
import { findResource } from './directory/resources';
import { seed } from './seed';
import { openSigning } from './tokens/signing';
import { openStateFile } from './directory/state-file';
import type { ApiRole, State } from './directory/state';
import { roleClaim, signAccessToken, tokenVerifier } from './tokens/token-claims';

export interface Entra extends Emulator {
  /** Base URL of /{tenant}/…, over TLS, without a trailing slash. */
  readonly url: string;
  /**
   * Base URL of the sign-in pages: HTTP on loopback, so that browsers show no certificate warning.
   */
  readonly signInUrl: string;
  readonly graphUrl: string;
  readonly registry: Registry;
  issueApiToken(token: ApiToken): Promise<string>;
  readonly verify: VerifyToken;
}

export interface ApiToken {
  readonly tenantId: string;
  readonly objectId: string;
  readonly displayName: string;
  readonly roles: readonly ApiRole[];
  readonly lifetimeSeconds?: number;
}

export interface EntraOptions {
  /** Additional web redirect URIs of the OAuth app. */
  readonly redirectUris?: () => readonly string[];
  /** `interval` of device codes (RFC 8628 section 3.2). */
  readonly deviceCodeIntervalSeconds?: number;
}

export async function startEntra(
  context: EmulatorContext,
  options: EntraOptions = {},
): Promise<Entra> {
  const { clock, certificates, dataFolder } = context;
  const seeded = seed(clock.now(), certificates.signingKey);
  const file = await openStateFile(join(dataFolder, 'entra.json'), seeded);
  const { state, changed } = file;
  const registry = createRegistry(state, clock, changed);
  const directory: Directory = {
    clock,
    registry,
    signing: await openSigning(state.signingKey),
    codes: authorizationCodes(clock),
    deviceCodes: deviceCodes(clock),
    urls: { url: '', signInUrl: '' },
  };
  const verify = tokenVerifier(directory);

  const parts: { stop(): Promise<void> }[] = [];
  const listen = async (name: keyof State['ports'], how: ServeOptions) => {
    const served = await serveOnSamePort(context, how, state.ports[name]);
    parts.push(served);
    state.ports[name] = Number(new URL(served.url).port);
    return served.url;
  };
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part.stop();
    await file.close();
  };

  try {
    const signInUrl = await listen('signIn', {
      service: 'entra',
      plain: true,
      handler: signInHandler(directory, options.redirectUris ?? (() => [])),
      faultBody: entraFault(clock),
    });
    directory.urls.signInUrl = signInUrl;
    const url = await listen('entra', {
      service: 'entra',
      handler: entraHandler(directory, options.deviceCodeIntervalSeconds ?? 5),
      faultBody: entraFault(clock),
    });
    directory.urls.url = url;
    const graphUrl = await listen('graph', {
      service: 'graph',
      handler: graphHandler(registry, verify, () => clock.now()),
    });
    const identityUrl = await listen('identity', {
      service: 'managed-identity',
      plain: true,
      handler: (request) => issueIdentityToken(directory, state.identityHeader, request),
    });
    changed();
    return {
      url,
      signInUrl,
      graphUrl,
      registry,
      verify,
      issueApiToken: (token) =>
        signAccessToken(directory, api, apiClaims(token), token.lifetimeSeconds),
      env: {
        ENTRA_AUTHORITY_URL: url,
        ENTRA_SIGN_IN_URL: signInUrl,
        GRAPH_URL: graphUrl,
        IDENTITY_ENDPOINT: `${identityUrl}/msi/token`,
        IDENTITY_HEADER: state.identityHeader,
        AZURE_CLIENT_ID: sample.home.identityClientId,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
        API_CLIENT_ID: sample.home.apiClientId,
        API_TENANTS: '*',
        CONSOLE_CLIENT_ID: sample.home.consoleClientId,
        OAUTH_CLIENT_ID: sample.home.oauthClientId,
        OAUTH_TENANT_ID: sample.home.tenantId,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const api = findResource(sample.home.apiClientId);

const apiClaims = ({ tenantId, objectId, displayName, roles }: ApiToken) => ({
  tid: tenantId,
  oid: objectId,
  sub: objectId,
  name: displayName,
  azp: sample.home.apiClientId,
  scp: 'access_as_user',
  roles: roles.map(roleClaim),
});

/** Uses the port of the previous start if it is free, because the issuer of tokens contains it. */
async function serveOnSamePort(context: EmulatorContext, how: ServeOptions, port = 0) {
  try {
    return await serve(context, { ...how, port });
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return serve(context, how);
  }
}
