/** What this Entra knows and keeps: tenants, app registrations, users, and the refresh tokens it has given. */
import type { JWK } from 'jose';

export interface State {
  readonly signingKey: JWK;
  /** What X-IDENTITY-HEADER must say. */
  readonly identityHeader: string;
  /** Taken again after a restart: issuers carry them, and tokens must stay valid. */
  ports: Partial<Record<'entra' | 'signIn' | 'graph' | 'identity', number>>;
  readonly tenants: Tenant[];
  readonly apps: App[];
  readonly users: User[];
  refreshTokens: RefreshToken[];
}

export interface Tenant {
  readonly tenantId: string;
  readonly domain: string;
  readonly displayName: string;
}

export interface App {
  readonly clientId: string;
  /** Of its service principal in the home tenant. */
  readonly objectId: string;
  readonly tenantId: string;
  displayName: string;
  multiTenant: boolean;
  /** "Allow public client flows". */
  publicClient: boolean;
  disabled: boolean;
  secrets: AppSecret[];
  redirectUris: RedirectUri[];
  /** Paths of Web redirect URIs on http loopback, where Entra does not look at the port. */
  loopbackPaths: string[];
  /** Users of customers may not consent for themselves. */
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

/** A native redirect URI belongs to a program on somebody's machine, which can keep no secret. */
export type Platform = 'web' | 'spa' | 'native';

export interface RedirectUri {
  readonly uri: string;
  readonly platform: Platform;
}

export interface Consent {
  readonly tenantId: string;
  /** Who consented for themselves; an administrator consents for everybody. */
  readonly objectId?: string;
  /** Each with its audience: https://management.azure.com/user_impersonation */
  readonly scopes: readonly string[];
}

export interface User {
  readonly objectId: string;
  readonly tenantId: string;
  readonly username: string;
  readonly displayName: string;
  password: string;
  passwordChangedAt?: string | undefined;
  passwordExpired: boolean;
  mfa: 'off' | 'required' | 'not_enrolled';
  /** The second factor: this code, always. */
  otc: string;
  administrator: boolean;
  locked: boolean;
  disabled: boolean;
  /** Signs in elsewhere; no password of theirs is known here. */
  federated: boolean;
  /** AADSTS number of the policy that keeps them out. */
  conditionalAccessBlock?: number | undefined;
  signInFrequencySeconds?: number | undefined;
  sessionsRevokedAt?: string | undefined;
  /** App role in our API. */
  apiRole?: ApiRole | undefined;
}

export type ApiRole = 'Owner' | 'Member' | 'Viewer' | 'Operator';

export interface RefreshToken {
  /** The token itself is kept by whoever it was given to. */
  readonly hash: string;
  readonly clientId: string;
  readonly tenantId: string;
  readonly objectId: string;
  readonly platform: Platform;
  readonly origin: 'authorization_code' | 'password' | 'device_code';
  readonly scope: string;
  readonly mfa: boolean;
  readonly issuedAt: string;
  /** When the person last proved who they are. */
  readonly authenticatedAt: string;
}
