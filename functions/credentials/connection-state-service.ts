/**
 * Records the results of later sign-ins and the passing of time: applies them to the state machine,
 * stores the connector, and records an event if the state changed.
 */
import {
  degrade,
  expire,
  expireIfDue,
  recordExpiryReminder,
  recordFailure,
  recover,
  renew,
  verify,
} from '../connectors/connection';
import type { Connector, Reason, SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../errors/app-error';
import { effectOf } from '../errors/classify-sign-in-error';
import type { EventType } from '../events/event';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import { dueReminder, reminderTime } from './renewal-schedule';

type ConnectionEventType = Extract<EventType, `connector.${string}`>;

/** Pause after a failure that more sign-ins would make worse, such as a locked account. */
const backoffMs = 3_600_000;

export class ConnectionStateService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'changeStored'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /** Entra issued a token. Writes nothing if the connection was healthy. */
  async recordSignIn(used: Stored<Connector>): Promise<void> {
    await this.change(used, (connector) => recover(connector, this.now()));
  }

  /** Entra issued a token, and Azure accepted it. */
  async recordVerified(used: Stored<Connector>): Promise<void> {
    await this.change(used, (connector) => verify(connector, this.now()));
  }

  /**
   * A sign-in failed. Failures of our own Key Vault or storage do not count against the connection.
   */
  async recordFailure(used: Stored<Connector>, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    if (reason) await this.change(used, (connector) => this.withFailure(connector, reason));
  }

  /** Returns the grant in use afterwards: `grant`, or the one of a writer that was faster. */
  async recordRenewal(used: Stored<Connector>, grant: SecretRef): Promise<SecretRef | undefined> {
    let { grant: current } = used.secrets;
    await this.change(used, (connector) => {
      const isUnchanged = connector.secrets.grant?.version === used.secrets.grant?.version;
      current = isUnchanged ? grant : connector.secrets.grant;
      return isUnchanged ? renew(connector, grant, this.now()) : connector;
    });
    return current;
  }

  /**
   * Applies the clock alone: the expiry of a connection, and the reminders before it. Returns the
   * connector as it is stored now, or nothing if it is deleted.
   */
  async applyClock(connector: Stored<Connector>): Promise<Stored<Connector> | undefined> {
    if (expireIfDue(connector, this.now()) !== connector)
      return this.change(connector, (current) => expireIfDue(current, this.now()));
    const days = dueReminder(connector, this.now());
    return days === undefined ? connector : this.sendExpiryReminder(connector, days);
  }

  /** Records the event first: recording is idempotent, a lost reminder cannot be recovered. */
  private async sendExpiryReminder(
    connector: Stored<Connector>,
    days: number,
  ): Promise<Stored<Connector> | undefined> {
    const { tenantId, id, connection } = connector;
    const expiresAt = connection.expiresAt!;
    await this.events.record({
      tenantId,
      connectorId: id,
      type: 'connector.expiring',
      actor: 'system',
      data: { expiresAt, daysRemaining: days },
      idempotencyKey: { key: `${expiresAt}/${days}`, at: reminderTime(connection, days) },
    });
    return this.change(connector, (current) => {
      const isSameExpiry = current.connection.expiresAt === expiresAt;
      return isSameExpiry ? recordExpiryReminder(current, { expiresAt, days }) : current;
    });
  }

  private withFailure(connector: Connector, reason: Reason): Connector {
    const now = this.now();
    switch (effectOf(reason.code)) {
      case 'expires':
        return expire(connector, reason, now);
      case 'degrades':
        return degrade(connector, reason, now);
      case 'waits':
        return recordFailure(connector, reason, now, new Date(now.getTime() + backoffMs));
      case 'warns':
        return recordFailure(connector, reason, now);
      case 'keeps':
        return connector;
    }
  }

  /** Changes nothing if the connector is deleted or uses another credential by now. */
  private async change(
    used: Stored<Connector>,
    apply: (connector: Connector) => Connector,
  ): Promise<Stored<Connector> | undefined> {
    let before: Connector = used;
    let after: Stored<Connector>;
    try {
      after = await this.connectors.changeStored(used, (connector) => {
        before = connector;
        return hasSameSecrets(connector, used) ? apply(connector) : connector;
      });
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
    const type = stateEvent(before, after);
    if (type) await this.recordEvent(after, type);
    return after;
  }

  private async recordEvent(
    { tenantId, id, connection }: Connector,
    type: ConnectionEventType,
  ): Promise<void> {
    const { reason } = connection;
    const data = reason && { code: reason.code };
    await this.events.record({
      tenantId,
      connectorId: id,
      type,
      actor: 'system',
      ...(data && { data }),
    });
  }
}

/** The event of a change of state. Undefined if the state is the same. */
function stateEvent(before: Connector, after: Connector): ConnectionEventType | undefined {
  const { state } = after.connection;
  if (state === before.connection.state) return undefined;
  if (state === 'expired') return 'connector.expired';
  if (state === 'degraded') return 'connector.degraded';
  return state === 'connected' ? 'connector.recovered' : undefined;
}

function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof RefusedError) {
    const { code, message, details } = error;
    return { code, message, ...(details.action && { action: details.action }) };
  }
  const isTemporary = error instanceof ThrottledError || error instanceof UpstreamError;
  return isTemporary ? { code: error.code, message: error.message, action: waitAction } : undefined;
}

const waitAction = { kind: 'wait', label: 'No action needed: the app tries again' };

const hasSameSecrets = (one: Connector, other: Connector) =>
  one.secrets.secret?.version === other.secrets.secret?.version &&
  one.secrets.grant?.version === other.secrets.grant?.version;
