/**
 * State of a sign-in: the request that it serves, the step reached, and what the user has proved so
 * far.
 */
import type { EmulatorResponse } from '../../emulator/server';
import type { Authority } from '../directory/authority';
import type { App, User } from '../directory/state';
import type { EntraError } from '../entra-error';
import type { Scopes } from '../tokens/scopes';

export interface SignInRequest {
  readonly app: App;
  readonly authority: Authority;
  readonly scopes: Scopes;
  readonly loginHint?: string | undefined;
  readonly selectAccount?: boolean;
  /** When to ask for consent, and in which form. */
  readonly confirm: 'when-needed' | 'consent' | 'device' | 'organization';
  finish(authentication: Authentication): EmulatorResponse;
  /** Called if the user or the administrator declines. */
  refuse(error: EntraError): EmulatorResponse;
}

export interface Authentication {
  readonly user: User;
  readonly mfa: boolean;
  readonly authenticatedAt: Date;
}

export interface SignIn {
  readonly id: string;
  readonly request: SignInRequest;
  readonly startedAt: number;
  user?: User;
  password: boolean;
  mfa: boolean;
  accepted: boolean;
}

export type Step = 'username' | 'password' | 'second-factor' | 'approval' | 'consent' | 'done';
