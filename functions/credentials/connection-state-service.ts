/**
 * Records the results of later sign-ins and the passing of time: applies them to the state machine,
 * and stores the connector with the event of a change of its state.
 */
import {
  degrade,
  degradeForDays,
  degradeIfLasting,
  expireIfDue,
  isOperational,
  recordExpiryReminder,
  recordFailure,
  recordProbe,
  recover,
  refuse,
  renew,
  verify,
} from '../connectors/connection';
import {
  connectorKeyOf,
  type Connector,
  type Reason,
  type SecretRef,
} from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import {
  AppError,
  ContendedError,
  NotFoundError,
  RefusedError,
  ThrottledError,
} from '../errors/app-error';
import { effectOf, entraCodeOf } from '../errors/classify-sign-in-error';
import { logFailure } from '../errors/log-failure';
import type { EventType, NewEvent } from '../events/event';
import type { Stored } from '../storage/stored';
import { dueReminder, reminderTime } from './renewal-schedule';

/**
 * What to record a result in: the connector as it is stored now, because the sign-in may have renewed its
 * grant. The result of a connection that a person has replaced says nothing about the new one, so the
 * connector is returned as it was read then, for which nothing is recorded.
 */
export async function currentConnection(
  connectors: Pick<ConnectorService, 'get'>,
  used: Stored<Connector>,
): Promise<Stored<Connector>> {
  const current = await connectors.get(connectorKeyOf(used));
  return current.connection.connectedAt === used.connection.connectedAt ? current : used;
}

type ConnectionEventType = Extract<EventType, `connector.${string}`>;

/** Pause after a failure that more sign-ins would make worse, such as a locked account. */
const backoffMs = 3_600_000;

export class ConnectionStateService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'changeStored'>,
    private readonly now: () => Date,
  ) {}

  /** Entra issued a token. Writes nothing if the connection was healthy. */
  async recordSignIn(used: Stored<Connector>): Promise<void> {
    await this.change(used, (connector) => recover(connector, this.now()));
  }

  /** Entra issued a token, and Azure accepted it. */
  async recordVerified(used: Stored<Connector>): Promise<void> {
    await this.change(used, (connector) => verify(connector, this.now()));
  }

  /** A sign-in failed, or Azure did not accept its token. */
  async recordFailure(used: Stored<Connector>, error: unknown): Promise<void> {
    const { upstreamCode } = failureOf(error);
    await this.change(
      used,
      (connector) => this.withFailure(connector, error),
      upstreamCode === undefined ? {} : { upstreamCode },
    );
  }

  /** An expired connection still does not work. */
  async recordProbe(used: Stored<Connector>): Promise<void> {
    await this.change(used, (connector) => recordProbe(connector, this.now()));
  }

  /**
   * Returns the connector as it is stored afterwards. A writer that was faster may have stored
   * another grant. Returns nothing if the connector is deleted.
   */
  recordRenewal(used: Stored<Connector>, grant: SecretRef): Promise<Stored<Connector> | undefined> {
    return this.change(used, (connector) => renew(connector, grant, this.now()));
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

  private sendExpiryReminder(
    connector: Stored<Connector>,
    days: number,
  ): Promise<Stored<Connector> | undefined> {
    const { tenantId, id, connection } = connector;
    const expiresAt = connection.expiresAt!;
    const expiring: NewEvent = {
      tenantId,
      connectorId: id,
      type: 'connector.expiring',
      actor: 'system',
      data: { expiresAt, daysRemaining: days },
      idempotencyKey: { key: `${expiresAt}/${days}`, at: reminderTime(connection, days) },
    };
    return this.bookkeeping(
      connector,
      (current) => {
        const isSameExpiry = current.connection.expiresAt === expiresAt;
        return isSameExpiry ? recordExpiryReminder(current, { expiresAt, days }) : current;
      },
      () => [expiring],
    );
  }

  private withFailure(connector: Connector, error: unknown): Connector {
    const now = this.now();
    const { reason } = failureOf(error);
    switch (effectOf(error)) {
      case 'expires':
        return refuse(connector, reason, now);
      case 'expires_later':
        return degradeForDays(connector, reason, now);
      case 'keeps':
        return degrade(connector, reason, now);
      case 'degrades':
        return degrade(connector, reason, now, retryTime(error, now));
      case 'waits':
        return degrade(connector, reason, now, new Date(now.getTime() + backoffMs));
      case 'warns':
        // Azure accepted the token, so an expired connection works again.
        return recordFailure(
          isOperational(connector) ? connector : verify(connector, now),
          reason,
          now,
        );
      case undefined:
        return degradeIfLasting(connector, reason, now);
    }
  }

  /** Changes nothing if the connector is deleted or uses another credential by now. */
  private change(
    used: Stored<Connector>,
    apply: (connector: Connector) => Connector,
    data: NewEvent['data'] = {},
  ): Promise<Stored<Connector> | undefined> {
    return this.bookkeeping(
      used,
      (connector) => (hasSameSecrets(connector, used) ? apply(connector) : connector),
      (next, before) => stateEvents(before, next, data),
    );
  }

  /**
   * The result of a sign-in is known, whether it can be recorded or not: if other writers are
   * always faster, the next sign-in records its own.
   */
  private async bookkeeping(
    ...[used, ...change]: Parameters<ConnectorService['changeStored']>
  ): Promise<Stored<Connector> | undefined> {
    try {
      return await this.connectors.changeStored(used, ...change);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      if (!(error instanceof ContendedError)) throw error;
      const { tenantId, id: connectorId } = used;
      logFailure('connection.not_recorded', error, { tenantId, connectorId });
      return used;
    }
  }
}

/** The event of a change of state. */
function stateEvents(
  before: Connector,
  { tenantId, id, connection: { state, reason } }: Connector,
  data: NewEvent['data'],
): readonly NewEvent[] {
  const type = eventTypes[state];
  if (!type || state === before.connection.state) return [];
  const event = { tenantId, connectorId: id, type, actor: 'system' } as const;
  return [{ ...event, data: { ...(reason && { code: reason.code, ...data }) } }];
}

const eventTypes: Readonly<Partial<Record<Connector['connection']['state'], ConnectionEventType>>> =
  {
    expired: 'connector.expired',
    degraded: 'connector.degraded',
    connected: 'connector.recovered',
  };

interface Failure {
  readonly reason: Reason;
  readonly upstreamCode?: string;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof AppError)) return { reason: unexpected };
  const { code, message } = error;
  if (!(error instanceof RefusedError)) return { reason: { code, message, action: wait } };
  const { action } = error.details;
  const upstreamCode = entraCodeOf(error);
  // The meaning of the failure is uncertain, so its code is shown.
  const isUncertain = upstreamCode !== undefined && effectOf(error) === 'expires_later';
  return {
    reason: {
      code,
      message: isUncertain ? `${message} Its code is ${upstreamCode}.` : message,
      ...(action && { action }),
    },
    ...(upstreamCode !== undefined && { upstreamCode }),
  };
}

/** Entra asked to wait this long. */
const retryTime = (error: unknown, now: Date) =>
  error instanceof ThrottledError
    ? new Date(now.getTime() + error.retryAfterSeconds * 1_000)
    : undefined;

const wait = { kind: 'wait', label: 'No action needed: the app tries again' };

const unexpected: Reason = {
  code: 'internal_error',
  message: 'This service cannot sign in because of an error of its own.',
  action: wait,
};

const hasSameSecrets = (one: Connector, other: Connector) =>
  one.secrets.secret?.version === other.secrets.secret?.version &&
  one.secrets.grant?.version === other.secrets.grant?.version;
