/**
 * What an administrator of the tenants, and a test, can look up and change. Changes hold from the next request on
 * and survive a restart, except the failures that are asked for.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../emulator/clock';
import { sample } from '../../seed/sample';
import { EntraError, type ErrorOverrides } from '../entra-error';
import { hashOf, newSecret } from './passwords';
import { newApp, newUser, secretLifetimeDays, type NewApp, type NewUser } from '../seed';
import type { App, AppSecret, RefreshToken, State, Tenant, User } from './state';

export type Grant =
  'authorization_code' | 'client_credentials' | 'password' | 'refresh_token' | 'device_code';

/** Where a failure can be asked for: a token request, the sign-in pages, or the start of a device code. */
export type FailurePoint = Grant | 'authorize' | 'device_authorization';

export interface Failure extends ErrorOverrides {
  /** Any token request when left out. */
  readonly grant?: FailurePoint;
  /** AADSTS number; one that is not catalogued is answered as invalid_grant, or as `error` says. */
  readonly code: number;
  /** How many requests are hit; one when left out. */
  readonly count?: number;
}

export interface SampleUser {
  readonly username: string;
  readonly password: string;
  readonly objectId: string;
  readonly role: string;
  /** The code of the second factor, for who needs one. */
  readonly otc?: string;
}

export interface SampleCredentials {
  readonly clientSecret: string;
  readonly oauthClientSecret: string;
  readonly users: readonly SampleUser[];
}

export type Registry = ReturnType<typeof createRegistry>;

/** More than anybody's trials need; the oldest are forgotten first. */
const maxRefreshTokens = 5_000;

export function createRegistry(state: State, clock: Clock, changed: () => void) {
  const timestamp = () => clock.now().toISOString();
  let failures: (Failure & { remaining: number })[] = [];

  const findApp = (clientId: string): App | undefined =>
    state.apps.find((app) => app.clientId === clientId.toLowerCase());
  /** By object id or user name. */
  const findUser = (name: string): User | undefined => {
    const wanted = name.trim().toLowerCase();
    return state.users.find((user) => user.objectId === wanted || user.username === wanted);
  };
  const app = (clientId: string) => assertKnown(findApp(clientId), `app ${clientId}`);
  const user = (name: string) => assertKnown(findUser(name), `user ${name}`);
  const add = <T>(list: T[], item: T): T => {
    list.push(item);
    changed();
    return item;
  };
  const change = <T extends object>(item: T, by: Partial<T>): T => {
    Object.assign(item, by);
    changed();
    return item;
  };

  return {
    findApp,
    findUser,
    app,
    user,
    users: (): readonly User[] => state.users,

    /** By id or domain. */
    findTenant: (name: string): Tenant | undefined =>
      state.tenants.find(({ tenantId, domain }) => [tenantId, domain].includes(name.toLowerCase())),
    addTenant: (tenant: Tenant) => add(state.tenants, tenant),

    addApp: (given: Omit<NewApp, 'clientId'> & Partial<App>) =>
      add(state.apps, newApp({ clientId: randomUUID(), ...given })),
    changeApp: (clientId: string, by: Partial<App>) => change(app(clientId), by),
    removeApp(clientId: string): void {
      state.apps.splice(state.apps.indexOf(app(clientId)), 1);
      changed();
    },
    addSecret: (clientId: string, lifetimeDays = secretLifetimeDays.ours): AppSecret =>
      add(app(clientId).secrets, newSecret(clock.now(), lifetimeDays, 'added')),

    addUser: (given: Omit<NewUser, 'objectId'> & Partial<User>) =>
      add(
        state.users,
        newUser({ objectId: randomUUID(), ...given, username: given.username.toLowerCase() }),
      ),
    changeUser: (name: string, by: Partial<User>) => change(user(name), by),
    setPassword: (name: string, password: string) =>
      change(user(name), { password, passwordChangedAt: timestamp(), passwordExpired: false }),
    /** "Revoke sessions": no refresh token that was given to this user until now is good any more. */
    revokeSessions: (name: string) => change(user(name), { sessionsRevokedAt: timestamp() }),

    /** Without a user, it is the administrator's, for everybody. */
    consent(clientId: string, tenantId: string, scopes: readonly string[], objectId?: string) {
      add(app(clientId).consents, { tenantId, scopes, ...(objectId && { objectId }) });
    },
    withdrawConsents(clientId: string, tenantId: string): void {
      const kept = app(clientId).consents.filter((consent) => consent.tenantId !== tenantId);
      change(app(clientId), { consents: kept });
    },

    storeRefreshToken(token: RefreshToken): void {
      state.refreshTokens.push(token);
      if (state.refreshTokens.length > maxRefreshTokens)
        state.refreshTokens = state.refreshTokens.slice(-maxRefreshTokens);
      changed();
    },
    findRefreshToken(token: string): RefreshToken | undefined {
      const hash = hashOf(token);
      return state.refreshTokens.find((kept) => kept.hash === hash);
    },

    /** The next matching requests are refused with this number, whatever they ask. */
    failNext: (failure: Failure) =>
      void failures.push({ ...failure, remaining: failure.count ?? 1 }),
    clearFailures: () => void (failures = []),
    /** Throws the failure that was asked for on this occasion, if any. */
    throwInjectedFailure(
      occasion: FailurePoint,
      about: Readonly<Record<string, string | undefined>>,
    ): void {
      const isToken = occasion !== 'authorize' && occasion !== 'device_authorization';
      const failure = failures.find(({ grant }) => (grant ? grant === occasion : isToken));
      if (!failure) return;
      if (--failure.remaining <= 0) failures = failures.filter((other) => other !== failure);
      throw new EntraError(failure.code, about, failure);
    },

    sample(): SampleCredentials {
      const newest = (clientId: string) => app(clientId).secrets.at(-1)?.value ?? '';
      return {
        clientSecret: newest(sample.contoso.app.clientId),
        oauthClientSecret: newest(sample.home.oauthClientId),
        users: sample.contoso.users.map(({ objectId, role }) => {
          const { username, password, otc, mfa } = user(objectId);
          return { username, password, objectId, role, ...(mfa === 'required' && { otc }) };
        }),
      };
    },
  };
}

function assertKnown<T>(found: T | undefined, what: string): T {
  if (!found) throw new Error(`The Entra stand-in knows no ${what}.`);
  return found;
}
