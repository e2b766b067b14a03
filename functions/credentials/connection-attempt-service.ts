/** Connection attempts of connectors. A later attempt supersedes earlier ones that are pending. */
import type { ConnectedWith, Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { StaleError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import { withActionLink } from './action-links';
import {
  addSeconds,
  attemptStatusOf,
  connected,
  endAttempt,
  outcomeOf,
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
    await this.connectors.get(connector);
    return this.store.list(connector, page);
  }

  /**
   * Runs `work` as an attempt of its own and records the outcome. Rethrows a failure of `work`. The
   * method defaults to the one that the connector is connected with.
   */
  async submit<T>(
    actor: Actor,
    connectorId: string,
    work: (connector: Stored<Connector>) => Promise<T>,
    method?: ConnectedWith,
  ): Promise<T> {
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
    const result = await work(connector).catch((error: unknown) =>
      this.fail(actor, attempt, withActionLink(error, connectorId)),
    );
    await this.store.replace(endAttempt(attempt, 'succeeded', this.now(), connected));
    await this.supersedeOthers(attempt);
    return result;
  }

  /** Ends pending sign-ins of the connector. An attempt that is being verified continues. */
  async supersedeOthers({ tenantId, connectorId, id }: ConnectionAttempt): Promise<void> {
    const { items } = await this.store.list({ tenantId, connectorId }, { limit: pageSize });
    const pending = items.filter(
      (other) =>
        other.id !== id &&
        other.state !== 'consumed' &&
        attemptStatusOf(other, this.now()) === 'pending',
    );
    for (const other of pending)
      await this.store.replace(endAttempt(other, 'superseded', this.now())).catch(ignoreStale);
  }

  /** Deletes attempts of all tenants that are older than the retention period. Yields their ids. */
  deleteExpired(): AsyncIterable<string> {
    return this.store.deleteBefore(new Date(this.now().getTime() - retentionDays * dayMs));
  }

  private async fail(
    actor: Actor,
    attempt: Stored<ConnectionAttempt>,
    error: unknown,
  ): Promise<never> {
    const { tenantId, connectorId, id, method } = attempt;
    const outcome = outcomeOf(error);
    await this.store.replace(endAttempt(attempt, 'failed', this.now(), outcome));
    await this.events.record({
      tenantId,
      connectorId,
      type: 'credentials.refused',
      actor,
      outcome: 'failed',
      data: { attemptId: id, connectedWith: method, code: outcome.code },
    });
    throw error;
  }
}

/** An attempt that changed meanwhile keeps its new state. */
function ignoreStale(error: unknown): void {
  if (!(error instanceof StaleError)) throw error;
}
