/**
 * The browser's part of the authorization code flow with PKCE (RFC 9700 section 2.1.1): leaves for
 * Entra and returns with a code. The code is redeemed after the person has confirmed
 * (confirmation-service.ts).
 */
import type { ConnectorService } from '../connectors/connector-service';
import { withActionLink } from '../credentials/action-links';
import { endAttempt, isExpired, outcomeOf } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import { RefusedError, StaleError, type AppError } from '../errors/app-error';
import { toAppError } from '../errors/classify-sign-in-error';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';
import { browserSecretsOf, sealCode } from './browser-secrets';
import { findBrowserSession, type BrowserCookies } from './browser-sessions';
import {
  codeChallengeOf,
  hashOf,
  newOpaqueToken,
  randomToken,
  tenantOfToken,
} from './opaque-token';
import type { AuthorizationCodeFlow, AuthorizationStore } from './ports';
import { sessionEvent } from './session-events';

export interface OAuthOptions {
  /** How Entra returns the browser. A form keeps the code out of URLs and logs. */
  readonly responseMode: 'query' | 'form_post';
  readonly entraUrl: string;
}

/** Parameters of Entra's redirect (RFC 6749 section 4.1.2), not validated. */
export interface AuthorizationResponse {
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  /** Read for its AADSTS number only, never shown. */
  readonly errorDescription?: string | undefined;
  readonly iss?: string | undefined;
}

export class OAuthService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly codeFlow: AuthorizationCodeFlow,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
    private readonly options: OAuthOptions,
    private readonly events: EventLog,
    private readonly attempts: Pick<ConnectionAttemptService, 'settled'>,
  ) {}

  /**
   * Uses up the ticket, binds the browser that brought it, and returns the URL of Entra. The ticket
   * stays valid if Entra or Key Vault fails.
   */
  async start(ticket: string) {
    const tenantId = tenantOfToken(ticket);
    const session = tenantId && (await this.store.findByTicket(tenantId, hashOf(ticket)));
    if (!session || session.state !== 'pending' || isExpired(session.ticketExpiresAt, this.now()))
      throw linkExpired();
    await this.connectors.get(session);
    const [state, cookie] = [newOpaqueToken(session.tenantId), randomToken()];
    const location = await this.authorizeUrl(session, state, cookie);
    const browser = { stateHash: hashOf(state), cookieHash: hashOf(cookie) };
    const started = await this.store.replace({ ...session, state: 'started', browser }).catch(
      ifStale(() => {
        throw linkExpired();
      }),
    );
    return { sessionId: started.id, cookie, location };
  }

  /**
   * Receives the browser that Entra sent back. The code is kept, sealed, until the person confirms.
   * Throws unless this browser started the sign-in; every later failure becomes its outcome.
   */
  async receive(
    response: AuthorizationResponse,
    cookies: BrowserCookies,
  ): Promise<{ readonly session: Authorization; readonly cookie: string }> {
    const { session, cookie } = await findBrowserSession(this.store, response.state, cookies);
    if (session.state !== 'started' || isExpired(session.expiresAt, this.now()))
      return { session: await this.attempts.settled(session), cookie };
    const received = await this.keepCode(session, cookie, response).catch(ifStale(() => undefined));
    const stored = received ?? (await this.store.get(session, session.id));
    return { session: stored ?? session, cookie };
  }

  private authorizeUrl(
    { authority: tenant, loginHint }: Authorization,
    state: string,
    cookie: string,
  ): Promise<string> {
    const { codeVerifier, nonce } = browserSecretsOf(cookie);
    return this.codeFlow.authorizeUrl({
      tenant,
      state,
      nonce,
      codeChallenge: codeChallengeOf(codeVerifier),
      responseMode: this.options.responseMode,
      ...(loginHint !== undefined ? { loginHint } : { selectAccount: true }),
    });
  }

  private keepCode(
    session: Stored<Authorization>,
    cookie: string,
    response: AuthorizationResponse,
  ): Promise<Stored<Authorization>> {
    const code = this.codeIn(response, session.authority);
    if (typeof code === 'string')
      return this.store.replace({
        ...session,
        state: 'authorized',
        sealed: sealCode(cookie, code),
      });
    const outcome = outcomeOf(withActionLink(code, session.connectorId));
    const failed = endAttempt(session, 'failed', this.now(), outcome);
    const event = sessionEvent(session, 'oauth.session_failed', session.initiator, outcome.code);
    return this.events.commit([event], (messages) => this.store.replace(failed, messages));
  }

  /** The authorization code, or the reason why there is none. */
  private codeIn(response: AuthorizationResponse, authority: string): string | AppError {
    const { code, error, errorDescription = '', iss } = response;
    // RFC 9207 section 2.4: `iss` may be absent. Another issuer must not receive the code.
    if (iss !== undefined && iss !== `${this.options.entraUrl}/${authority}/v2.0`)
      return new RefusedError(
        'issuer_mismatch',
        'The response to the sign-in came from another issuer. Start a new sign-in.',
      );
    if (error === undefined && code && code.length <= maxCodeLength) return code;
    const number = Number(/^AADSTS(\d+)/.exec(errorDescription)?.[1]);
    return toAppError({
      provider: 'entra',
      error: error ?? 'code_missing',
      ...(number > 0 && { number }),
    });
  }
}

/** Codes of Entra have about a thousand characters. */
const maxCodeLength = 8_192;

const linkExpired = () =>
  new RefusedError(
    'link_used_or_expired',
    'This sign-in link was used already, or it is older than a minute. Start a new sign-in.',
  );

/** Catch handler for StaleError. Every other error is rethrown. */
export function ifStale<T>(handle: () => T) {
  return (error: unknown): T => {
    if (error instanceof StaleError) return handle();
    throw error;
  };
}
