/**
 * What is learned about a connection after it was made: each sign-in that succeeds or fails goes through here into the
 * state machine, is stored, and is told to whoever listens.
 */
import { NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../errors/app-error';
import type { EventType } from '../events/event';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import { effectOf } from '../errors/classify-sign-in-error';
import {
  degrade,
  expire,
  lapse,
  recordExpiryReminder,
  recover,
  renew,
  trouble,
  verify,
} from '../connectors/connection';
import type { Connector, Reason, SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { dueReminder, reminderTime } from './renewal-schedule';

type Told = Extract<EventType, `connector.${string}`>;

/** Asking again sooner would only make a locked account stay locked. */
const backOffInMs = 3_600_000;

export class ConnectionStateService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'change'>,
    private readonly events: EventLog,
    private readonly now: () => Date,
  ) {}

  /** Entra gave a token. Nothing is written for a connection that was well before. */
  noteSignIn(used: Connector): Promise<void> {
    return this.change(used, (connector) => recover(connector, this.now()));
  }

  /** A token was given and Azure took it. */
  noteVerified(used: Connector): Promise<void> {
    return this.change(used, (connector) => verify(connector, this.now()));
  }

  /** A sign-in failed. What is not about the connection (our vault, our storage, a bug) says nothing about it. */
  noteFailure(used: Connector, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    return reason
      ? this.change(used, (connector) => this.fail(connector, reason))
      : Promise.resolve();
  }

  /** The version that is pointed to afterwards: ours, or that of somebody who was faster. */
  async noteRenewal(used: Connector, grant: SecretRef): Promise<SecretRef | undefined> {
    let { grant: current } = used.secrets;
    await this.change(used, (connector) => {
      const mine = connector.secrets.grant?.version === used.secrets.grant?.version;
      current = mine ? grant : connector.secrets.grant;
      return mine ? renew(connector, grant, this.now()) : connector;
    });
    return current;
  }

  /** What the calendar alone brings about: the end of a connection, and the notices before it. */
  async applyClock(connector: Connector): Promise<void> {
    if (lapse(connector, this.now()) !== connector)
      return this.change(connector, (current) => lapse(current, this.now()));
    const days = dueReminder(connector, this.now());
    if (days !== undefined) await this.sendExpiryReminder(connector, days);
  }

  /** Told before it is noted: told twice it is the same event, and a notice that got lost helps nobody. */
  private async sendExpiryReminder(connector: Connector, days: number): Promise<void> {
    const { tenantId, id, connection } = connector;
    const expiresAt = connection.expiresAt!;
    await this.events.record({
      tenantId,
      connectorId: id,
      type: 'connector.expiring',
      actor: 'system',
      data: { expiresAt, daysRemaining: days },
      once: { key: `${expiresAt}/${days}`, at: reminderTime(connection, days) },
    });
    await this.change(connector, (current) => {
      const same = current.connection.expiresAt === expiresAt;
      return same ? recordExpiryReminder(current, { expiresAt, days }) : current;
    });
  }

  private fail(connector: Connector, reason: Reason): Connector {
    const now = this.now();
    switch (effectOf(reason.code)) {
      case 'expires':
        return expire(connector, reason, now);
      case 'degrades':
        return degrade(connector, reason, now);
      case 'waits':
        return trouble(connector, reason, now, new Date(now.getTime() + backOffInMs));
      case 'warns':
        return trouble(connector, reason, now);
      case 'keeps':
        return connector;
    }
  }

  /** Nothing happens to a connector whose credential is no longer the one that was used, or that is gone. */
  private async change(used: Connector, apply: (connector: Connector) => Connector) {
    let before: Connector = used;
    let after: Stored<Connector>;
    try {
      after = await this.connectors.change(used.tenantId, used.id, (connector) => {
        before = connector;
        return sameSecrets(connector, used) ? apply(connector) : connector;
      });
    } catch (error) {
      if (error instanceof NotFoundError) return;
      throw error;
    }
    const type = turn(before, after);
    if (type) await this.tell(after, type);
  }

  private async tell({ tenantId, id, connection }: Connector, type: Told): Promise<void> {
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

/** What the change means to people, if anything. */
function turn(before: Connector, after: Connector): Told | undefined {
  const { state } = after.connection;
  if (state === before.connection.state) return undefined;
  if (state === 'expired') return 'connector.expired';
  if (state === 'degraded') return 'connector.degraded';
  return state === 'connected' ? 'connector.recovered' : undefined;
}

function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof RefusedError) {
    const { code, message, why } = error;
    return { code, message, ...(why.action && { action: why.action }) };
  }
  const mayPass = error instanceof ThrottledError || error instanceof UpstreamError;
  return mayPass ? { code: error.code, message: error.message, action: waiting } : undefined;
}

const waiting = { kind: 'wait', label: 'Nothing to do: it is tried again' };

const sameSecrets = (one: Connector, other: Connector) =>
  one.secrets.secret?.version === other.secrets.secret?.version &&
  one.secrets.grant?.version === other.secrets.grant?.version;
