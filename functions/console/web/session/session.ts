/**
 * The sign-in of this tab: authorization code with PKCE at Entra. Tokens are in the session storage
 * of the tab and nowhere else.
 */
import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';

export interface ConsoleConfig {
  readonly authority: string;
  readonly clientId: string;
  readonly scope: string;
}

export const basePath = '/api/console';

let manager: UserManager | undefined;
let onEnded: () => void = () => undefined;

export async function openSession(listener: () => void): Promise<ConsoleConfig> {
  onEnded = listener;
  const response = await fetch(`${basePath}/config.json`, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`The console cannot read its settings (${response.status}).`);
  const config = (await response.json()) as ConsoleConfig;
  const store = new WebStorageStateStore({ store: window.sessionStorage });
  manager = new UserManager({
    authority: config.authority,
    client_id: config.clientId,
    scope: config.scope,
    redirect_uri: `${window.location.origin}${basePath}/signed-in`,
    post_logout_redirect_uri: `${window.location.origin}${basePath}/signed-out`,
    response_type: 'code',
    userStore: store,
    stateStore: store,
    automaticSilentRenew: true,
    loadUserInfo: false,
    monitorSession: false,
  });
  return config;
}

/** Leaves for Entra. The person returns to the same page of the console. */
export async function signIn(): Promise<void> {
  const { pathname, search } = window.location;
  const isOwn = /\/(signed-in|signed-out)$/.test(pathname);
  await manager!.signinRedirect({ state: isOwn ? basePath : pathname + search });
}

/** Finishes a sign-in after Entra has redirected here. Returns the page to go on with. */
export async function completeSignIn(): Promise<string> {
  const { state } = await manager!.signinRedirectCallback();
  return typeof state === 'string' && state.startsWith(basePath) ? state : basePath;
}

export const currentUser = (): Promise<User | null> => manager!.getUser();

export async function accessToken(): Promise<string> {
  const user = await currentUser();
  if (user && !user.expired) return user.access_token;
  return (await renewToken()) ? ((await currentUser())?.access_token ?? '') : '';
}

let renewing: Promise<boolean> | undefined;

/** Uses the refresh token once for all requests that wait. False if a new sign-in is needed. */
export function renewToken(): Promise<boolean> {
  renewing ??= manager!
    .signinSilent()
    .then((user) => user !== null)
    .catch(() => false)
    .finally(() => (renewing = undefined));
  return renewing;
}

export const sessionEnded = (): void => onEnded();

/** Ends the session here and at Entra. */
export async function signOut(): Promise<void> {
  window.sessionStorage.removeItem('console.connecting');
  await manager!.signoutRedirect();
}
