/** State of the Entra emulator: tenants, app registrations, users and refresh tokens. */
import type { JWK } from 'jose';

export interface State {
  readonly signingKey: JWK;
  /** Required value of X-IDENTITY-HEADER. */
  readonly identityHeader: string;
  /** Reused after a restart, because issuers of valid tokens contain them. */
  ports: Partial<Record<'entra' | 'signIn' | 'graph' | 'identity', number>>;
  readonly tenants: Tenant[];
  readonly apps: App[];
  readonly users: User[];
  /** Absent in files of earlier versions. */
  groups?: Group[];
  refreshTokens: RefreshToken[];
}

export interface Group {
  readonly objectId: string;
  readonly tenantId: string;
  displayName: string;
}

export interface Tenant {
  readonly tenantId: string;
  readonly domain: string;
  readonly displayName: string;
}

export interface App {
  readonly clientId: string;
  /** Object id of the service principal in the home tenant. */
  readonly objectId: string;
  readonly tenantId: string;
  displayName: string;
  multiTenant: boolean;
  /** "Allow public client flows". */
  publicClient: boolean;
  disabled: boolean;
  secrets: AppSecret[];
  redirectUris: RedirectUri[];
  /** Paths of web redirect URIs on http://localhost, for which Entra ignores the port. */
  loopbackPaths: string[];
  /** The same for redirect URIs of a single-page app. Absent in files of earlier versions. */
  spaLoopbackPaths?: string[];
  /** Users may not consent for themselves. */
  adminConsentRequired: boolean;
  requiresAssignment: boolean;
  /** Object ids, for apps that require assignment. */
  assignedTo: string[];
  consents: Consent[];
  /** Application permissions on Microsoft Graph. */
  graphRoles: string[];
}

export interface AppSecret {
  readonly id: string;
  readonly value: string;
  readonly hint: string;
  readonly displayName: string;
  readonly startDateTime: string;
  endDateTime: string;
}

/** Native apps run on the user's machine and cannot keep a secret. */
export type Platform = 'web' | 'spa' | 'native';

export interface RedirectUri {
  readonly uri: string;
  readonly platform: Platform;
}

export interface Consent {
  readonly tenantId: string;
  /** The user who consented. Absent for a consent of an administrator for the tenant. */
  readonly objectId?: string;
  /** With audience, such as https://management.azure.com/user_impersonation. */
  readonly scopes: readonly string[];
}

export interface User {
  readonly objectId: string;
  readonly tenantId: string;
  readonly username: string;
  readonly displayName: string;
  /** Tenants that have invited the user, with the object id that the user has there. */
  readonly guestOf?: readonly { readonly tenantId: string; readonly objectId: string }[];
  password: string;
  passwordChangedAt?: string | undefined;
  passwordExpired: boolean;
  mfa: 'off' | 'required' | 'not_enrolled';
  /** Code of the second factor. It never changes. */
  otc: string;
  administrator: boolean;
  locked: boolean;
  disabled: boolean;
  /** Signs in at another identity provider; the emulator accepts no password. */
  federated: boolean;
  /** AADSTS number of the policy that blocks the user. */
  conditionalAccessBlock?: number | undefined;
  signInFrequencySeconds?: number | undefined;
  sessionsRevokedAt?: string | undefined;
  /** App role in the API of adf-connect. */
  apiRole?: ApiRole | undefined;
}

export type ApiRole = 'Owner' | 'Member' | 'Viewer' | 'Operator';

export interface RefreshToken {
  /** Hash of the token. Only the client has the token itself. */
  readonly hash: string;
  readonly clientId: string;
  readonly tenantId: string;
  readonly objectId: string;
  readonly platform: Platform;
  readonly origin: 'authorization_code' | 'password' | 'device_code';
  readonly scope: string;
  readonly mfa: boolean;
  readonly issuedAt: string;
  /** When the user last signed in interactively. */
  readonly authenticatedAt: string;
}
