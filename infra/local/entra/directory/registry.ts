/**
 * Reads and changes of tenants, apps and users, as by an administrator. Changes take effect with
 * the next request and survive a restart; injected failures do not.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../emulator/clock';
import { sample } from '../../seed/sample';
import { EntraError, type ErrorOverrides, type ErrorParameters } from '../entra-error';
import { isSpaRedirect } from './client';
import { hashOf, newSecret } from './passwords';
import { newApp, newUser, secretLifetimeDays, type NewApp, type NewUser } from '../seed';
import type { App, AppSecret, Group, RefreshToken, State, Tenant, User } from './state';

export type Grant =
  'authorization_code' | 'client_credentials' | 'password' | 'refresh_token' | 'device_code';

/**
 * Requests that an injected failure can hit: token requests, the authorize endpoint, device
 * authorization.
 */
export type FailurePoint = Grant | 'authorize' | 'device_authorization';

export interface Failure extends ErrorOverrides {
  /** Any token request by default. */
  readonly grant?: FailurePoint;
  /**
   * AADSTS number. Numbers that aadsts.ts does not list are `invalid_grant`, unless `error` is set.
   */
  readonly code: number;
  /** How many requests are hit. 1 by default. */
  readonly count?: number;
}

export interface SampleUser {
  readonly username: string;
  readonly password: string;
  readonly objectId: string;
  readonly role: string;
  /** Code of the second factor, if the user needs one. */
  readonly otc?: string;
}

export interface SampleCredentials {
  readonly clientSecret: string;
  readonly oauthClientSecret: string;
  readonly users: readonly SampleUser[];
  /** Belongs to another tenant. */
  readonly guest: SampleUser;
}

export type Registry = ReturnType<typeof createRegistry>;

/** The oldest refresh tokens are removed beyond this number. */
const maxRefreshTokens = 5_000;

export function createRegistry(state: State, clock: Clock, changed: () => void) {
  const timestamp = () => clock.now().toISOString();
  let failures: (Failure & { remaining: number })[] = [];

  const findApp = (clientId: string): App | undefined =>
    state.apps.find((app) => app.clientId === clientId.toLowerCase());
  /** By user name or object id, also by the object id of a guest. */
  const findUser = (name: string): User | undefined => {
    const wanted = name.trim().toLowerCase();
    return state.users.find(({ objectId, username, guestOf = [] }) =>
      [objectId, username, ...guestOf.map((guest) => guest.objectId)].includes(wanted),
    );
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
    isSpaRedirect: (uri: string) => state.apps.some((known) => isSpaRedirect(known, uri)),
    user,
    users: (): readonly User[] => state.users,
    groups: (): readonly Group[] => state.groups ?? [],

    /** By id or domain. */
    findTenant: (name: string): Tenant | undefined =>
      state.tenants.find(({ tenantId, domain }) => [tenantId, domain].includes(name.toLowerCase())),
    addTenant: (tenant: Tenant) => add(state.tenants, tenant),

    addApp: (values: Omit<NewApp, 'clientId'> & Partial<App>) =>
      add(state.apps, newApp({ clientId: randomUUID(), ...values })),
    changeApp: (clientId: string, by: Partial<App>) => change(app(clientId), by),
    removeApp(clientId: string): void {
      state.apps.splice(state.apps.indexOf(app(clientId)), 1);
      changed();
    },
    addSecret: (clientId: string, lifetimeDays = secretLifetimeDays.adfConnect): AppSecret =>
      add(app(clientId).secrets, newSecret(clock.now(), lifetimeDays, 'added')),

    addUser: (values: Omit<NewUser, 'objectId'> & Partial<User>) =>
      add(
        state.users,
        newUser({ objectId: randomUUID(), ...values, username: values.username.toLowerCase() }),
      ),
    addGroup: (values: Omit<Group, 'objectId'> & Partial<Group>) =>
      add((state.groups ??= []), { objectId: randomUUID(), ...values }),
    changeUser: (name: string, by: Partial<User>) => change(user(name), by),
    setPassword: (name: string, password: string) =>
      change(user(name), { password, passwordChangedAt: timestamp(), passwordExpired: false }),
    /** Revokes all refresh tokens that were issued to the user until now. */
    revokeSessions: (name: string) => change(user(name), { sessionsRevokedAt: timestamp() }),

    /** Without a user, the consent is an administrator's for the whole tenant. */
    consent(clientId: string, tenantId: string, scopes: readonly string[], objectId?: string) {
      add(app(clientId).consents, { tenantId, scopes, ...(objectId && { objectId }) });
    },
    withdrawConsents(clientId: string, tenantId: string): void {
      const remaining = app(clientId).consents.filter((consent) => consent.tenantId !== tenantId);
      change(app(clientId), { consents: remaining });
    },

    storeRefreshToken(token: RefreshToken): void {
      state.refreshTokens.push(token);
      if (state.refreshTokens.length > maxRefreshTokens)
        state.refreshTokens = state.refreshTokens.slice(-maxRefreshTokens);
      changed();
    },
    findRefreshToken(token: string): RefreshToken | undefined {
      const hash = hashOf(token);
      return state.refreshTokens.find((token) => token.hash === hash);
    },

    /** The next matching requests fail with this error. */
    failNext: (failure: Failure) =>
      void failures.push({ ...failure, remaining: failure.count ?? 1 }),
    clearFailures: () => void (failures = []),
    /** Throws the injected failure for this request, if any. */
    throwInjectedFailure(point: FailurePoint, parameters: ErrorParameters): void {
      const isToken = point !== 'authorize' && point !== 'device_authorization';
      const failure = failures.find(({ grant }) => (grant ? grant === point : isToken));
      if (!failure) return;
      if (--failure.remaining <= 0) failures = failures.filter((other) => other !== failure);
      throw new EntraError(failure.code, parameters, failure);
    },

    sample(): SampleCredentials {
      const credentialsOf = (objectId: string) => {
        const { username, password, otc, mfa } = user(objectId);
        return { username, password, objectId, ...(mfa === 'required' && { otc }) };
      };
      const newest = (clientId: string) => app(clientId).secrets.at(-1)?.value ?? '';
      return {
        clientSecret: newest(sample.contoso.app.clientId),
        oauthClientSecret: newest(sample.home.oauthClientId),
        users: sample.contoso.users.map(({ objectId, role }) => ({
          ...credentialsOf(objectId),
          role,
        })),
        guest: { ...credentialsOf(sample.fabrikam.user.objectId), role: 'owner' },
      };
    },
  };
}

function assertKnown<T>(found: T | undefined, what: string): T {
  if (!found) throw new Error(`The Entra emulator has no ${what}.`);
  return found;
}
