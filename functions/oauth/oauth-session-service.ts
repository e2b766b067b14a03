/** Sign-in sessions as an Owner sees them: begun, looked at, cancelled. The browser's part is in oauth-service.ts. */
import { ended, later } from '../credentials/connection-attempt';
import type { ConnectionAttemptService } from '../credentials/connection-attempt-service';
import { personOf, type Actor } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import {
  sessionLifetimeInSeconds,
  ticketLifetimeInSeconds,
  type Authorization,
} from './authorization';
import { hashOf, newOpaqueToken } from './opaque-token';
import type { AuthorizationStore } from './ports';

export interface NewSession {
  readonly returnTo?: string | undefined;
  readonly loginHint?: string | undefined;
  readonly mode?: 'connect' | 'reconnect' | undefined;
  readonly allowAccountChange?: boolean | undefined;
}

export class OAuthSessionService {
  constructor(
    private readonly store: AuthorizationStore,
    private readonly connectors: ConnectorService,
    private readonly attempts: Pick<ConnectionAttemptService, 'supersedeOthers'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    /** Names of the addresses a sign-in may return to. */
    private readonly returnAddresses: readonly string[],
    private readonly events: EventLog,
  ) {}

  /** The ticket is told once and opens the browser's part within a minute. */
  async begin(actor: Actor, connectorId: string, wanted: NewSession) {
    const { returnTo, loginHint, mode, allowAccountChange = false } = wanted;
    const { account } = await this.connectors.get(actor.tenantId, connectorId);
    if (returnTo !== undefined && !this.returnAddresses.includes(returnTo))
      throw new InvalidInputError('return_address_unknown', 'This return address is not set up.', [
        { pointer: '/returnTo', detail: 'must be the name of a configured address' },
      ]);
    if (mode === 'reconnect' && !account)
      throw new ConflictError('never_connected', 'The connector was never connected.');

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
      ticketExpiresAt: later(now, ticketLifetimeInSeconds),
      createdAt: now.toISOString(),
      expiresAt: later(now, sessionLifetimeInSeconds),
    });
    await this.attempts.supersedeOthers(authorization);
    await this.tell(actor, authorization, 'oauth.session_started');
    return { authorization, ticket };
  }

  async get(tenantId: string, connectorId: string, id: string): Promise<Stored<Authorization>> {
    const found = await this.store.get(tenantId, connectorId, id);
    if (!found) throw new NotFoundError('session_not_found', 'There is no sign-in of this id.');
    return found;
  }

  /** Cancels a sign-in under way; one that is over stays as it ended. */
  async cancel(actor: Actor, connectorId: string, id: string): Promise<void> {
    const found = await this.get(actor.tenantId, connectorId, id);
    if (found.state !== 'pending' && found.state !== 'started') return;
    await this.store.replace(ended(found, 'cancelled', this.now()));
    await this.tell(actor, found, 'oauth.session_cancelled');
  }

  private tell(
    actor: Actor,
    { tenantId, connectorId, id }: Authorization,
    type: 'oauth.session_started' | 'oauth.session_cancelled',
  ): Promise<void> {
    return this.events.record({ tenantId, connectorId, type, actor, data: { attemptId: id } });
  }
}
