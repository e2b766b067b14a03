/** OAuth sessions for Owners: start, get, cancel. The browser's part is in oauth-service.ts. */
import type { ConnectorService } from '../connectors/connector-service';
import { addSeconds, endAttempt } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import { sessionLifetimeSeconds, ticketLifetimeSeconds, type Authorization } from './authorization';
import { hashOf, newOpaqueToken } from './opaque-token';
import type { AuthorizationStore } from './ports';

export interface NewOAuthSession {
  readonly returnTo?: string | undefined;
  readonly loginHint?: string | undefined;
  readonly mode?: 'connect' | 'reconnect' | undefined;
  readonly allowAccountChange?: boolean | undefined;
}

export class OAuthSessionService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    /** Names of the configured return addresses. */
    private readonly returnAddresses: readonly string[],
    private readonly events: EventLog,
  ) {}

  /** Returns a ticket that opens the browser's part once, within a minute. */
  async start(actor: Actor, connectorId: string, request: NewOAuthSession) {
    const { returnTo, loginHint, mode, allowAccountChange = false } = request;
    const { account } = await this.connectors.get({ tenantId: actor.tenantId, connectorId });
    if (returnTo !== undefined && !this.returnAddresses.includes(returnTo))
      throw new InvalidInputError(
        'return_address_unknown',
        'This return address is not configured. Use the name of a configured address.',
        [
          {
            pointer: '/returnTo',
            code: 'invalid',
            detail: 'returnTo must be the name of a configured address',
          },
        ],
      );
    if (mode === 'reconnect' && !account)
      throw new ConflictError(
        'never_connected',
        'The connector was never connected. Start a sign-in with mode connect.',
      );

    const now = this.now();
    const ticket = newOpaqueToken(actor.tenantId);
    const authorization = await this.store.create({
      tenantId: actor.tenantId,
      id: this.newId(),
      connectorId,
      method: 'oauth',
      initiator: personOf(actor),
      state: 'pending',
      authority: allowAccountChange ? 'organizations' : (account?.tenantId ?? actor.tenantId),
      allowAccountChange,
      ...(loginHint !== undefined && { loginHint }),
      ...(returnTo !== undefined && { returnTo }),
      ticketHash: hashOf(ticket),
      ticketExpiresAt: addSeconds(now, ticketLifetimeSeconds),
      createdAt: now.toISOString(),
      expiresAt: addSeconds(now, sessionLifetimeSeconds),
    });
    await this.attempts.supersedeOthers(authorization);
    await this.recordEvent(actor, authorization, 'oauth.session_started');
    return { authorization, ticket };
  }

  async get(connector: ConnectorKey, sessionId: string): Promise<Stored<Authorization>> {
    const session = await this.store.get(connector, sessionId);
    if (!session)
      throw new NotFoundError(
        'session_not_found',
        'There is no sign-in with this id. Start a new sign-in.',
      );
    return session;
  }

  /** Cancels a sign-in. A sign-in that has ended or is being completed stays as it is. */
  async cancel(actor: Actor, connectorId: string, sessionId: string): Promise<void> {
    const session = await this.get({ tenantId: actor.tenantId, connectorId }, sessionId);
    if (session.state !== 'pending' && session.state !== 'started') return;
    await this.store.replace(endAttempt(session, 'cancelled', this.now()));
    await this.recordEvent(actor, session, 'oauth.session_cancelled');
  }

  private recordEvent(
    actor: Actor,
    { tenantId, connectorId, id }: Authorization,
    type: 'oauth.session_started' | 'oauth.session_cancelled',
  ): Promise<void> {
    return this.events.record({ tenantId, connectorId, type, actor, data: { attemptId: id } });
  }
}
