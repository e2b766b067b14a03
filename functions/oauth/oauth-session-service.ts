/** OAuth sessions for Owners: start, get, cancel. The browser's part is in oauth-service.ts. */
import type { ConnectorService } from '../connectors/connector-service';
import { addSeconds } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import { sessionLifetimeSeconds, ticketLifetimeSeconds, type Authorization } from './authorization';
import { hashOf, newOpaqueToken } from './opaque-token';
import type { AuthorizationStore } from './ports';
import { sessionEvent } from './session-events';
import type { SignInTenantService } from './sign-in-tenant-service';

export interface NewOAuthSession {
  readonly returnTo?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Tenant that signs in, such as one that the person is a guest of. */
  readonly tenantId?: string | undefined;
  readonly mode?: 'connect' | 'reconnect' | undefined;
  readonly allowAccountChange?: boolean | undefined;
}

export class OAuthSessionService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly tenants: Pick<SignInTenantService, 'tenantFor'>,
    private readonly attempts: Pick<
      ConnectionAttemptService,
      'end' | 'settled' | 'supersedeEarlier'
    >,
    private readonly now: () => Date,
    private readonly newId: () => string,
    /** Names of the configured return addresses. */
    private readonly returnAddresses: readonly string[],
    private readonly events: EventLog,
  ) {}

  /** Returns a ticket that opens the browser's part once, within a minute. */
  async start(actor: Actor, connectorId: string, request: NewOAuthSession) {
    const { returnTo, loginHint, mode, allowAccountChange = false } = request;
    const { tenantId } = actor;
    const connector = await this.connectors.get({ tenantId, connectorId });
    this.assertReturnAddress(returnTo);
    if (mode === 'reconnect' && !connector.account)
      throw new ConflictError(
        'never_connected',
        'The connector was never connected. Start a sign-in with mode connect.',
      );
    const authority = await this.tenants.tenantFor(connector, actor, request);

    const now = this.now();
    const ticket = newOpaqueToken(tenantId);
    const session: Authorization = {
      tenantId,
      id: this.newId(),
      connectorId,
      method: 'oauth',
      initiator: personOf(actor),
      state: 'pending',
      authority,
      allowAccountChange,
      ...(loginHint !== undefined && { loginHint }),
      ...(returnTo !== undefined && { returnTo }),
      ticketHash: hashOf(ticket),
      ticketExpiresAt: addSeconds(now, ticketLifetimeSeconds),
      createdAt: now.toISOString(),
      expiresAt: addSeconds(now, sessionLifetimeSeconds),
    };
    const started = sessionEvent(session, 'oauth.session_started', actor);
    const authorization = await this.events.commit([started], (messages) =>
      this.store.create(session, messages),
    );
    await this.attempts.supersedeEarlier(authorization);
    return { authorization, ticket };
  }

  async get(connector: ConnectorKey, sessionId: string): Promise<Stored<Authorization>> {
    const session = await this.store.get(connector, sessionId);
    if (!session)
      throw new NotFoundError(
        'session_not_found',
        'There is no sign-in with this id. Start a new sign-in.',
      );
    return this.attempts.settled(session);
  }

  /** Cancels a sign-in. A sign-in that has ended or is being completed stays as it is. */
  async cancel(actor: Actor, connectorId: string, sessionId: string): Promise<void> {
    const session = await this.get({ tenantId: actor.tenantId, connectorId }, sessionId);
    await this.attempts.end(session, 'cancelled', [
      sessionEvent(session, 'oauth.session_cancelled', actor),
    ]);
  }

  private assertReturnAddress(returnTo: string | undefined): void {
    if (returnTo === undefined || this.returnAddresses.includes(returnTo)) return;
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
  }
}
