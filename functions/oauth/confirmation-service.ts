/**
 * The end of a sign-in in the browser. The person sees who asks for which access and confirms or
 * declines in the browser that signed in. Only then is the code redeemed, so a sign-in that is
 * declined or left open has given nothing to anyone.
 */
import type { Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { signedInAccountOf } from '../credentials/accounts/signed-in-account';
import { withActionLink } from '../credentials/action-links';
import {
  attemptStatusOf,
  consume,
  endAttempt,
  outcomeOf,
  succeed,
} from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import type { ConnectionService } from '../credentials/connection-service';
import { AppError, RefusedError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';
import { browserSecretsOf, openCode } from './browser-secrets';
import { findBrowserSession, type BrowserCookies } from './browser-sessions';
import { ifStale } from './oauth-service';
import { matchesToken } from './opaque-token';
import type { AssertPresent, AuthorizationCodeFlow, AuthorizationStore } from './ports';
import { sessionEvent } from './session-events';
import { assertSignInTenant } from './sign-in-tenant-service';

/** What the person is asked to confirm. */
export interface ConfirmationRequest {
  readonly session: Authorization;
  readonly connector: Connector;
  readonly csrfToken: string;
}

/** Fields of the form, not validated. */
export interface ConfirmationForm {
  readonly state?: string | undefined;
  readonly csrfToken?: string | undefined;
  readonly isConfirmed: boolean;
}

export class ConfirmationService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly codeFlow: AuthorizationCodeFlow,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'settled' | 'supersedeEarlier'>,
    private readonly assertPresent: AssertPresent,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /**
   * The request to show to the browser, or the sign-in alone if there is nothing to confirm. Throws
   * unless this browser started the sign-in.
   */
  async find(
    state: string | undefined,
    cookies: BrowserCookies,
  ): Promise<ConfirmationRequest | { readonly session: Authorization }> {
    const { session, cookie } = await findBrowserSession(this.store, state, cookies);
    if (!this.isConfirmable(session)) return { session: await this.attempts.settled(session) };
    const connector = await this.connectors.get(session);
    return { session, connector, csrfToken: browserSecretsOf(cookie).csrfToken };
  }

  /** Connects, or ends the sign-in. Every failure after the checks becomes its outcome. */
  async answer(form: ConfirmationForm, cookies: BrowserCookies): Promise<Authorization> {
    const { session, cookie } = await findBrowserSession(this.store, form.state, cookies);
    assertOwnPage(session, cookie, form, cookies);
    if (!this.isConfirmable(session)) return this.attempts.settled(session);
    if (!form.isConfirmed)
      return (
        (await this.fail(session, declined()).catch(ifStale(() => undefined))) ??
        this.readAgain(session)
      );
    const consumed = await this.store.replace(consume(session)).catch(ifStale(() => undefined));
    if (!consumed) return this.readAgain(session);
    try {
      const code = openCode(cookie, session.sealed!);
      return await this.finish(consumed, await this.connect(consumed, cookie, code));
    } catch (error) {
      const failed = await this.fail(consumed, error);
      if (error instanceof AppError) return failed;
      throw error;
    }
  }

  /** The connector is connected, so a failure to record it fails nothing. */
  private async finish(
    consumed: Stored<Authorization>,
    { account }: Connector,
  ): Promise<Authorization> {
    const succeeded = succeed(consumed, account && signedInAccountOf(account), this.now());
    try {
      await this.store.replace(succeeded);
      await this.attempts.supersedeEarlier(consumed);
    } catch (error) {
      logFailure('sign_in.record_failed', error, { attemptId: consumed.id });
    }
    return succeeded;
  }

  private isConfirmable(session: Authorization): boolean {
    return session.state === 'authorized' && attemptStatusOf(session, this.now()) === 'pending';
  }

  private async connect(
    consumed: Authorization,
    cookie: string,
    code: string,
  ): Promise<Stored<Connector>> {
    const { tenantId, authority: tenant, initiator, allowAccountChange, createdAt } = consumed;
    const { codeVerifier, nonce } = browserSecretsOf(cookie);
    await this.assertPresent({ tenantId, ...initiator });
    const connector = await this.connectors.get(consumed);
    const signIn = await this.codeFlow.redeem({ tenant, code, codeVerifier, nonce });
    assertSignInTenant(tenant, signIn);
    return this.connections.connectWithGrant({ tenantId, ...initiator }, connector, signIn, {
      connectedWith: 'oauth',
      allowAccountChange,
      startedAt: createdAt,
      attemptId: consumed.id,
    });
  }

  private async fail(session: Stored<Authorization>, error: unknown): Promise<Authorization> {
    const outcome = outcomeOf(withActionLink(error, session.connectorId));
    const failed = endAttempt(session, 'failed', this.now(), outcome);
    const event = sessionEvent(session, 'oauth.session_failed', session.initiator, outcome.code);
    return this.events.commit([event], (messages) => this.store.replace(failed, messages));
  }

  private async readAgain(session: Authorization): Promise<Authorization> {
    return this.attempts.settled((await this.store.get(session, session.id)) ?? session);
  }
}

/** Throws RefusedError unless the form comes from the page that this browser was shown. */
function assertOwnPage(
  { id }: Authorization,
  cookie: string,
  { csrfToken = '' }: ConfirmationForm,
  cookies: BrowserCookies,
): void {
  const expected = browserSecretsOf(cookie);
  const isOwnPage = matchesToken(csrfToken, expected.csrfToken);
  if (isOwnPage && matchesToken(cookies.confirmation(id) ?? '', expected.confirmationCookie))
    return;
  throw new RefusedError(
    'confirmation_not_recognized',
    'The confirmation does not come from the page that this browser was shown. Start a new sign-in.',
  );
}

const declined = () =>
  new RefusedError(
    'sign_in_declined',
    'The person who signed in did not confirm the connection. Start a new sign-in if this was a mistake.',
  );
