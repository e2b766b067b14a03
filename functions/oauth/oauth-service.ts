/**
 * The browser's part of the authorization code flow with PKCE (RFC 9700 section 2.1.1), bound to
 * one browser and used once. ConnectionService decides whether the granted account is accepted.
 */
import type { ConnectorService } from '../connectors/connector-service';
import { withActionLink } from '../credentials/action-links';
import { connected, endAttempt, isExpired, outcomeOf } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import { AppError, RefusedError, StaleError } from '../errors/app-error';
import { toAppError } from '../errors/classify-sign-in-error';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';
import {
  codeChallengeOf,
  hashOf,
  matchesHash,
  newOpaqueToken,
  randomToken,
  tenantOfToken,
} from './opaque-token';
import type { AuthorizationCodeFlow, AuthorizationStore } from './ports';

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
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly options: OAuthOptions,
    private readonly events: EventLog,
  ) {}

  /** Uses up the ticket, binds the browser that brought it, and returns the URL of Entra. */
  async start(ticket: string) {
    const tenantId = tenantOfToken(ticket);
    const session = tenantId && (await this.store.findByTicket(tenantId, hashOf(ticket)));
    if (!session || session.state !== 'pending' || isExpired(session.ticketExpiresAt, this.now()))
      throw linkExpired();
    const [state, cookie] = [newOpaqueToken(session.tenantId), randomToken()];
    const [codeVerifier, nonce] = [randomToken(), randomToken()];
    const started = await this.store
      .replace({
        ...session,
        state: 'started',
        browser: { stateHash: hashOf(state), cookieHash: hashOf(cookie), codeVerifier, nonce },
      })
      .catch(
        ifStale(() => {
          throw linkExpired();
        }),
      );
    const location = await this.codeFlow.authorizeUrl({
      tenant: started.authority,
      state,
      nonce,
      codeChallenge: codeChallengeOf(codeVerifier),
      responseMode: this.options.responseMode,
      ...(started.loginHint !== undefined
        ? { loginHint: started.loginHint }
        : { selectAccount: true }),
    });
    return { sessionId: started.id, cookie, location };
  }

  /**
   * Completes the sign-in of a browser that returned. `cookieOf` reads the cookie of a session.
   * Throws unless this browser started the sign-in; every later failure becomes its outcome.
   */
  async complete(
    response: AuthorizationResponse,
    cookieOf: (sessionId: string) => string | undefined,
  ): Promise<Authorization> {
    const session = await this.findSession(response.state, cookieOf);
    if (session.state !== 'started' || isExpired(session.expiresAt, this.now())) return session;
    const consumed = await this.store
      .replace({ ...session, state: 'consumed' })
      .catch(ifStale(() => undefined));
    if (!consumed) return (await this.store.get(session, session.id)) ?? session;

    try {
      await this.connect(consumed, response);
    } catch (error) {
      const outcome = outcomeOf(withActionLink(error, consumed.connectorId));
      const failed = await this.store.replace(endAttempt(consumed, 'failed', this.now(), outcome));
      await this.recordFailure(failed, outcome.code);
      if (error instanceof AppError) return failed;
      throw error;
    }
    const succeeded = await this.store.replace(
      endAttempt(consumed, 'succeeded', this.now(), connected),
    );
    await this.attempts.supersedeOthers(succeeded);
    return succeeded;
  }

  private recordFailure(failed: Authorization, code: string): Promise<void> {
    const { tenantId, connectorId, id, initiator: actor } = failed;
    return this.events.record({
      tenantId,
      connectorId,
      type: 'oauth.session_failed',
      actor,
      outcome: 'failed',
      data: { attemptId: id, code },
    });
  }

  /** Finds the session by its state and checks the cookie that binds it to this browser. */
  private async findSession(
    state: string | undefined,
    cookieOf: (sessionId: string) => string | undefined,
  ): Promise<Stored<Authorization>> {
    const tenantId = state && tenantOfToken(state);
    const session = tenantId && (await this.store.findByState(tenantId, hashOf(state)));
    const cookie = session && cookieOf(session.id);
    if (!session || cookie === undefined || !matchesHash(cookie, session.browser!.cookieHash))
      throw new RefusedError(
        'browser_not_recognized',
        'This browser did not start the sign-in, or it was started too long ago. Start a new sign-in.',
      );
    return session;
  }

  private async connect(consumed: Authorization, response: AuthorizationResponse): Promise<void> {
    const { code, error, errorDescription = '', iss } = response;
    // RFC 9207 section 2.4: `iss` may be absent. Another issuer must not receive the code.
    if (iss !== undefined && !this.isIssuer(iss, consumed.authority))
      throw new RefusedError(
        'issuer_mismatch',
        'The response to the sign-in came from another issuer. Start a new sign-in.',
      );
    if (error !== undefined || code === undefined) {
      const number = Number(/^AADSTS(\d+)/.exec(errorDescription)?.[1]);
      throw toAppError({
        provider: 'entra',
        error: error ?? 'code_missing',
        ...(number > 0 && { number }),
      });
    }
    const { codeVerifier, nonce } = consumed.browser!;
    const signIn = await this.codeFlow.redeem({
      tenant: consumed.authority,
      code,
      codeVerifier,
      nonce,
    });
    const { tenantId, initiator, allowAccountChange } = consumed;
    const connector = await this.connectors.get(consumed);
    await this.connections.connectWithGrant({ tenantId, ...initiator }, connector, signIn, {
      connectedWith: 'oauth',
      allowAccountChange,
    });
  }

  private isIssuer(iss: string, tenant: string): boolean {
    const { entraUrl } = this.options;
    if (tenant !== 'organizations') return iss === `${entraUrl}/${tenant}/v2.0`;
    return (
      iss.startsWith(`${entraUrl}/`) &&
      /^[0-9a-f-]{36}\/v2\.0$/.test(iss.slice(entraUrl.length + 1))
    );
  }
}

const linkExpired = () =>
  new RefusedError(
    'link_used_or_expired',
    'This sign-in link was used already, or it is older than a minute. Start a new sign-in.',
  );

/** Catch handler for StaleError. Every other error is rethrown. */
function ifStale<T>(handle: () => T) {
  return (error: unknown): T => {
    if (error instanceof StaleError) return handle();
    throw error;
  };
}
