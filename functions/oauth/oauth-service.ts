/**
 * The browser's part of the authorization-code flow with PKCE (RFC 9700 §2.1.1): bound to one browser, consumed once.
 * What Entra granted is handed to the connector, whose own rules decide whether it is taken.
 */
import { connected, ended, isPast, outcomeOf } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import { linked } from '../credentials/action-links';
import { refusal } from '../errors/classify-sign-in-error';
import { AppError, RefusedError, StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';
import {
  codeChallengeOf,
  hashOf,
  matches,
  newOpaqueToken,
  randomToken,
  tenantOfToken,
} from './opaque-token';
import type { AuthorizationStore, SignIn } from './ports';

export interface OAuthOptions {
  /** How Entra sends the browser back; a form keeps the code out of addresses and logs. */
  readonly responseMode: 'query' | 'form_post';
  readonly entraUrl: string;
}

/** What Entra's redirect brought, as it came. */
export interface CallbackAnswer {
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  /** Looked at for its AADSTS number alone; never shown. */
  readonly errorDescription?: string | undefined;
  readonly iss?: string | undefined;
}

export class OAuthService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly signIn: SignIn,
    private readonly connections: ConnectionService,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly options: OAuthOptions,
    private readonly events: EventLog,
  ) {}

  /** Binds the browser that brings the ticket, and says where it goes. The ticket is used up. */
  async start(ticket: string) {
    const tenantId = tenantOfToken(ticket);
    const found = tenantId && (await this.store.findByTicket(tenantId, hashOf(ticket)));
    if (!found || found.state !== 'pending' || isPast(found.ticketExpiresAt, this.now()))
      throw linkOver();
    const [state, cookie] = [newOpaqueToken(found.tenantId), randomToken()];
    const [codeVerifier, nonce] = [randomToken(), randomToken()];
    const started = await this.store
      .replace({
        ...found,
        state: 'started',
        browser: { stateHash: hashOf(state), cookieHash: hashOf(cookie), codeVerifier, nonce },
      })
      .catch(lostRace(linkOver));
    const location = await this.signIn.authorizeUrl({
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
   * The browser is back. `cookieOf` gives the cookie of a session, if the browser sent one. Throws when nothing shows
   * that this browser began the sign-in; everything after that is recorded as its outcome.
   */
  async complete(
    answer: CallbackAnswer,
    cookieOf: (sessionId: string) => string | undefined,
  ): Promise<Authorization> {
    const found = await this.isUnchanged(answer.state, cookieOf);
    if (found.state !== 'started' || isPast(found.expiresAt, this.now())) return found;
    const consumed = await this.store
      .replace({ ...found, state: 'consumed' })
      .catch(lostRace(() => undefined));
    if (!consumed)
      return (await this.store.get(found.tenantId, found.connectorId, found.id)) ?? found;

    try {
      await this.connect(consumed, answer);
    } catch (error) {
      const outcome = outcomeOf(linked(error, consumed.connectorId));
      const failed = await this.store.replace(ended(consumed, 'failed', this.now(), outcome));
      await this.tellFailure(failed, outcome.code);
      if (error instanceof AppError) return failed;
      throw error;
    }
    const done = await this.store.replace(ended(consumed, 'succeeded', this.now(), connected));
    await this.attempts.supersedeOthers(done);
    return done;
  }

  private tellFailure(failed: Authorization, code: string): Promise<void> {
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

  private async isUnchanged(
    state: string | undefined,
    cookieOf: (sessionId: string) => string | undefined,
  ): Promise<Stored<Authorization>> {
    const tenantId = state && tenantOfToken(state);
    const found = tenantId && (await this.store.findByState(tenantId, hashOf(state)));
    const cookie = found && cookieOf(found.id);
    if (!found || cookie === undefined || !matches(cookie, found.browser!.cookieHash))
      throw new RefusedError(
        'browser_not_recognised',
        'This browser did not start the sign-in, or it was started too long ago.',
      );
    return found;
  }

  private async connect(consumed: Authorization, answer: CallbackAnswer): Promise<void> {
    const { code, error, errorDescription = '', iss } = answer;
    // RFC 9207 §2.4: absent is fine, another server's is not, and must not see the code.
    if (iss !== undefined && !this.isIssuer(iss, consumed.authority))
      throw new RefusedError('issuer_mismatch', 'The sign-in came back from somebody else.');
    if (error !== undefined || code === undefined) {
      const number = Number(/^AADSTS(\d+)/.exec(errorDescription)?.[1]);
      throw refusal({
        provider: 'entra',
        error: error ?? 'code_missing',
        ...(number > 0 && { number }),
      });
    }
    const { codeVerifier, nonce } = consumed.browser!;
    const signedIn = await this.signIn.redeem({
      tenant: consumed.authority,
      code,
      codeVerifier,
      nonce,
    });
    const { tenantId, initiator, connectorId, allowAccountChange } = consumed;
    await this.connections.connectWithGrant({ tenantId, ...initiator }, connectorId, signedIn, {
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

function linkOver(): never {
  throw new RefusedError(
    'link_used_or_expired',
    'This sign-in link was used already, or it is older than a minute. Start again.',
  );
}

/** Somebody else was faster; any other failure passes through. */
function lostRace<T>(then: () => T) {
  return (error: unknown): T => {
    if (error instanceof StaleError) return then();
    throw error;
  };
}
