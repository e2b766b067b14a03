/**
 * Entra ID on this machine: token endpoints over TLS, sign-in pages over plain http for browsers, the managed
 * identity of the app, and the few look-ups in Microsoft Graph. Keeps its state in entra.json of the data folder.
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
  /** Base of every /{tenant}/…, over TLS; no slash at the end. */
  readonly url: string;
  /** Where browsers sign in: plain http on loopback, so that none warns of a certificate. */
  readonly signInUrl: string;
  readonly graphUrl: string;
  readonly registry: Registry;
  issueApiToken(wanted: ApiToken): Promise<string>;
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
  /** Web redirect URIs of the OAuth app besides its loopback path. */
  readonly redirectUris?: () => readonly string[];
  /** How long a program is told to wait between two polls of a device code. */
  readonly deviceCodeIntervalSeconds?: number;
}

export async function startEntra(
  context: EmulatorContext,
  options: EntraOptions = {},
): Promise<Entra> {
  const { clock, dataFolder } = context;
  const file = await openStateFile(join(dataFolder, 'entra.json'), () => seed(clock.now()));
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
  const listen = async (place: keyof State['ports'], how: ServeOptions) => {
    const served = await serveOnSamePort(context, how, state.ports[place]);
    parts.push(served);
    state.ports[place] = Number(new URL(served.url).port);
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
      issueApiToken: (wanted) =>
        signAccessToken(directory, api, apiClaims(wanted), wanted.lifetimeSeconds),
      env: {
        ENTRA_AUTHORITY_URL: url,
        GRAPH_URL: graphUrl,
        IDENTITY_ENDPOINT: `${identityUrl}/msi/token`,
        IDENTITY_HEADER: state.identityHeader,
        AZURE_CLIENT_ID: sample.home.identityClientId,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
        API_CLIENT_ID: sample.home.apiClientId,
        API_TENANTS: '*',
        OAUTH_CLIENT_ID: sample.home.oauthClientId,
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

/** On the port of last time when it is free, since tokens bear it in their issuer. */
async function serveOnSamePort(context: EmulatorContext, how: ServeOptions, port = 0) {
  try {
    return await serve(context, { ...how, port });
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return serve(context, how);
  }
}
