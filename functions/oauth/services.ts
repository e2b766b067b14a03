/** Composition of this module: what it offers, and what it needs from outside. */
import type { ConnectorServices } from '../connectors/services';
import type { ConnectionAttemptStore, TenantDirectory } from '../credentials/ports';
import type { CredentialServices } from '../credentials/services';
import type { EventLog } from '../events/ports';
import type { SecretStore } from '../secrets/ports';
import { ConfirmationService } from './confirmation-service';
import { ConsentService } from './consent-service';
import type { DeviceSession } from './device-session';
import { DeviceSessionService } from './device-session-service';
import { OAuthService } from './oauth-service';
import { OAuthSessionService } from './oauth-session-service';
import type { AssertPresent, AuthorizationCodeFlow, AuthorizationStore, DeviceFlow } from './ports';
import { SignInTenantService } from './sign-in-tenant-service';

export interface OAuthServices {
  readonly oauth: OAuthService;
  readonly confirmations: ConfirmationService;
  readonly oauthSessions: OAuthSessionService;
  readonly deviceSessions: DeviceSessionService;
  readonly consents: ConsentService;
  /** Addresses to which a finished sign-in may redirect, by name. */
  readonly returnUrls: Readonly<Record<string, string>>;
}

export interface OAuthPorts
  extends
    Pick<ConnectorServices, 'connectors'>,
    Pick<CredentialServices, 'allowedTenants' | 'connections' | 'connectionAttempts'> {
  readonly authorizationStore: AuthorizationStore;
  readonly deviceSessionStore: ConnectionAttemptStore<DeviceSession>;
  readonly secretStore: SecretStore;
  readonly authorizationCodeFlow: AuthorizationCodeFlow;
  readonly deviceFlow: DeviceFlow;
  readonly tenantDirectory: TenantDirectory;
  readonly events: EventLog;
  readonly entraUrl: string;
  /** Our own app. */
  readonly clientId: string;
  /** Origin under which browsers reach this app. */
  readonly publicUrl: string;
  readonly returnUrls: Readonly<Record<string, string>>;
  /** Throws UnauthenticatedError for a person who left. */
  readonly assertPresent: AssertPresent;
  readonly now: () => Date;
  /** Ids sort newest first. */
  readonly newId: () => string;
}

/** The address to which Entra sends the browser back. It is registered with our app. */
export const redirectUriOf = (publicUrl: string) => `${publicUrl}/api/oauth/callback`;

export function oauthServices(ports: OAuthPorts): OAuthServices {
  const { connectors, connections, connectionAttempts, authorizationStore } = ports;
  const { authorizationCodeFlow } = ports;
  const tenants = new SignInTenantService(ports.tenantDirectory, ports.allowedTenants);
  const { entraUrl, clientId, publicUrl, returnUrls, events, now, newId } = ports;
  return {
    oauth: new OAuthService(
      authorizationStore,
      authorizationCodeFlow,
      connectors,
      now,
      // A form needs a SameSite=None cookie, which browsers accept over TLS only.
      { entraUrl, responseMode: publicUrl.startsWith('https:') ? 'form_post' : 'query' },
      events,
      connectionAttempts,
    ),
    confirmations: new ConfirmationService(
      authorizationStore,
      authorizationCodeFlow,
      connectors,
      connections,
      connectionAttempts,
      ports.assertPresent,
      now,
      events,
    ),
    oauthSessions: new OAuthSessionService(
      authorizationStore,
      connectors,
      tenants,
      connectionAttempts,
      now,
      newId,
      Object.keys(returnUrls),
      events,
    ),
    deviceSessions: new DeviceSessionService(
      ports.deviceSessionStore,
      ports.secretStore,
      ports.deviceFlow,
      connectors,
      connections,
      tenants,
      connectionAttempts,
      ports.assertPresent,
      now,
      newId,
      events,
    ),
    consents: new ConsentService(connectors, {
      entraUrl,
      clientId,
      redirectUri: redirectUriOf(publicUrl),
    }),
    returnUrls,
  };
}
