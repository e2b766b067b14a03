/** Finds the sign-in of a browser by its state, and checks the cookie that binds the browser. */
import { RefusedError } from '../errors/app-error';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';
import { hashOf, matchesHash, tenantOfToken } from './opaque-token';
import type { AuthorizationStore } from './ports';

/** Reads the cookies of a sign-in from a request. */
export interface BrowserCookies {
  binding(sessionId: string): string | undefined;
  confirmation(sessionId: string): string | undefined;
}

export interface BrowserSession {
  readonly session: Stored<Authorization>;
  /** The cookie that bound the browser. */
  readonly cookie: string;
}

/** Throws RefusedError unless this browser started the sign-in. */
export async function findBrowserSession(
  store: Pick<AuthorizationStore, 'findByState'>,
  state: string | undefined,
  cookies: BrowserCookies,
): Promise<BrowserSession> {
  const tenantId = state && tenantOfToken(state);
  const session = tenantId && (await store.findByState(tenantId, hashOf(state)));
  const cookie = session && cookies.binding(session.id);
  if (!session || cookie === undefined || !matchesHash(cookie, session.browser!.cookieHash))
    throw new RefusedError(
      'browser_not_recognized',
      'This browser did not start the sign-in, or it was started too long ago. Start a new sign-in.',
    );
  return { session, cookie };
}
