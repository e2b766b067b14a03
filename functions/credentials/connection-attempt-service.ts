/** Connection attempts of connectors. A later attempt supersedes earlier ones that are pending. */
import type { Stretch } from '../concurrency/stretch';
import type { ConnectedWith, Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { NotFoundError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import { personOf, type Actor } from '../events/actor';
import type { NewEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import { updateRow } from '../storage/update-row';
import { signedInAccountOf } from './accounts/signed-in-account';
import { withActionLink } from './action-links';
import {
  addSeconds,
  asCompleted,
  endAttempt,
  isWaiting,
  mayBeCompleted,
  outcomeOf,
  succeed,
  type ConnectionAttempt,
} from './connection-attempt';
import type { ConnectionAttemptStore } from './ports';

/**
 * Longer than Entra, Azure and Key Vault need together. An attempt that is pending after this time
 * was interrupted.
 */
const submissionLifetimeSeconds = 300;
const retentionDays = 30;
const dayMs = 86_400_000;
/** Longer than any attempt is open. */
const maxLifetimeMs = 3_600_000;
const pageSize = 100;

export class ConnectionAttemptService {
  constructor(
    private readonly store: ConnectionAttemptStore,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  /** Throws NotFoundError if the connector does not exist. */
  async list(connector: ConnectorKey, page: PageRequest): Promise<Page<Stored<ConnectionAttempt>>> {
    const known = await this.connectors.get(connector);
    const { items, ...rest } = await this.store.list(connector, page);
    return { items: items.map((attempt) => asCompleted(attempt, known)), ...rest };
  }

  /** The attempt as its connector knows it. Unchanged if the connector is deleted. */
  async settled<A extends ConnectionAttempt>(attempt: A): Promise<A> {
    if (!mayBeCompleted(attempt)) return attempt;
    try {
      return asCompleted(attempt, await this.connectors.get(attempt));
    } catch (error) {
      if (error instanceof NotFoundError) return attempt;
      throw error;
    }
  }

  /**
   * Runs `work` as an attempt of its own and records the outcome. Rethrows a failure of `work`. The
   * method defaults to the one that the connector is connected with.
   */
  async submit(
    actor: Actor,
    connectorId: string,
    work: (connector: Stored<Connector>, attemptId: string) => Promise<Stored<Connector>>,
    method?: ConnectedWith,
  ): Promise<Stored<Connector>> {
    const { tenantId } = actor;
    const connector = await this.connectors.get({ tenantId, connectorId });
    const now = this.now();
    const attempt = await this.store.create({
      tenantId,
      id: this.newId(),
      connectorId,
      method: method ?? connector.connectedWith ?? 'client_credentials',
      initiator: personOf(actor),
      state: 'consumed',
      createdAt: now.toISOString(),
      expiresAt: addSeconds(now, submissionLifetimeSeconds),
    });
    const result = await work(connector, attempt.id).catch((error: unknown) =>
      this.fail(actor, attempt, withActionLink(error, connectorId)),
    );
    await this.recordSuccess(attempt, result);
    return result;
  }

  /**
   * Ends an attempt that waits for a person, and records the events with it. Reads it again if it
   * changed meanwhile. One that has ended or is being verified stays as it is.
   */
  async end(
    read: Stored<ConnectionAttempt>,
    state: 'superseded' | 'cancelled',
    events: readonly NewEvent[] = [],
  ): Promise<void> {
    await updateRow<Stored<ConnectionAttempt> | undefined, void>(
      (n) => (n === 1 ? read : this.store.get(read, read.id)),
      (attempt) => {
        if (!attempt || !isWaiting(attempt, this.now())) return async () => {};
        const ended: Stored<ConnectionAttempt> = endAttempt(attempt, state, this.now());
        return async () => {
          await this.events.commit(events, (messages) => this.store.replace(ended, messages));
        };
      },
    );
  }

  /**
   * Ends the open sign-ins of the connector that are older than this one. One that is being verified
   * continues. Of sign-ins that start at once the last one stays, because only older ones end. A
   * failure is logged: the new sign-in is stored, and the older ones end by themselves within minutes.
   */
  async supersedeEarlier({ tenantId, connectorId, id }: ConnectionAttempt): Promise<void> {
    const isEarlier = (other: ConnectionAttempt) => other.id > id; // Ids sort newest first.
    await this.endWaiting({ tenantId, connectorId }, 'superseded', isEarlier).catch(
      (error: unknown) => logFailure('attempt.supersede_failed', error, { attemptId: id }),
    );
  }

  /**
   * Cancels the open sign-ins of a connector that is disconnected or deleted. One that is being
   * verified fails when it tries to connect the connector.
   */
  async cancelAll(connector: ConnectorKey): Promise<void> {
    await this.endWaiting(connector, 'cancelled');
  }

  /** For the deletion of the connector: nothing runs after it. */
  async stop(connector: ConnectorKey): Promise<boolean> {
    await this.cancelAll(connector);
    return true;
  }

  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void> {
    return this.store.deleteConnector(connector, stretch);
  }

  /** Deletes attempts of all tenants that are older than the retention period. Yields their ids. */
  deleteExpired(): AsyncIterable<string> {
    return this.store.deleteBefore(new Date(this.now().getTime() - retentionDays * dayMs));
  }

  /** The connector is connected, so a failure to record it fails nothing. */
  private async recordSuccess(
    attempt: Stored<ConnectionAttempt>,
    { account }: Connector,
  ): Promise<void> {
    try {
      await this.store.replace(succeed(attempt, account && signedInAccountOf(account), this.now()));
      await this.supersedeEarlier(attempt);
    } catch (error) {
      logFailure('attempt.record_failed', error, { attemptId: attempt.id });
    }
  }

  private async endWaiting(
    connector: ConnectorKey,
    state: 'superseded' | 'cancelled',
    isEnded = (_attempt: ConnectionAttempt) => true,
  ): Promise<void> {
    const openSince = new Date(this.now().getTime() - maxLifetimeMs).toISOString();
    let continuation: string | undefined;
    do {
      const page = await this.store.list(connector, {
        limit: pageSize,
        ...(continuation !== undefined && { continuation }),
      });
      for (const attempt of page.items) if (isEnded(attempt)) await this.end(attempt, state);
      const oldest = page.items.at(-1)?.createdAt ?? '';
      continuation = oldest > openSince ? page.continuation : undefined;
    } while (continuation !== undefined);
  }

  private async fail(
    actor: Actor,
    attempt: Stored<ConnectionAttempt>,
    error: unknown,
  ): Promise<never> {
    const { tenantId, connectorId, id, method } = attempt;
    const outcome = outcomeOf(error);
    const refused: NewEvent = {
      tenantId,
      connectorId,
      type: 'credentials.refused',
      actor,
      outcome: 'failed',
      data: { attemptId: id, connectedWith: method, code: outcome.code },
    };
    // The caller gets the failure of the attempt, also if it cannot be recorded.
    await this.events
      .commit([refused], (messages) =>
        this.store.replace(endAttempt(attempt, 'failed', this.now(), outcome), messages),
      )
      .catch((failure: unknown) =>
        logFailure('attempt.record_failed', failure, { attemptId: id, code: outcome.code }),
      );
    throw error;
  }
}
