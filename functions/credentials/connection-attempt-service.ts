/** Attempts as a list to look at, and the one rule between them: the last one wins, and the others say so. */
import { StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import { linked } from './action-links';
import {
  attemptStatusOf,
  connected,
  ended,
  later,
  outcomeOf,
  type Attempt,
} from './connection-attempt';
import { personOf, type Actor, type ConnectedWith } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { ConnectionAttemptStore } from '../connectors/ports';

/** Far longer than Entra, Azure and the vault take together: what is still open then was cut off. */
const submissionLifetimeInSeconds = 300;
const keptInDays = 30;
const day = 86_400_000;
const pageSize = 100;

export class ConnectionAttemptService {
  constructor(
    private readonly store: ConnectionAttemptStore,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  async list(
    tenantId: string,
    connectorId: string,
    page: PageRequest,
  ): Promise<Page<Stored<Attempt>>> {
    await this.connectors.get(tenantId, connectorId);
    return this.store.list(tenantId, connectorId, page);
  }

  /** Does the work of a submitted credential as an attempt of its own, and notes how it ended. */
  async submit<T>(
    actor: Actor,
    connectorId: string,
    method: ConnectedWith,
    work: () => Promise<T>,
  ): Promise<T> {
    const { tenantId } = actor;
    await this.connectors.get(tenantId, connectorId);
    const now = this.now();
    const attempt = await this.store.create({
      tenantId,
      id: this.newId(),
      connectorId,
      method,
      initiator: personOf(actor),
      state: 'consumed',
      createdAt: now.toISOString(),
      expiresAt: later(now, submissionLifetimeInSeconds),
    });
    const done = await work().catch(async (thrown: unknown) => {
      const error = linked(thrown, connectorId);
      const outcome = outcomeOf(error);
      await this.store.replace(ended(attempt, 'failed', this.now(), outcome));
      await this.events.record({
        tenantId,
        connectorId,
        type: 'credentials.refused',
        actor,
        outcome: 'failed',
        data: { attemptId: attempt.id, connectedWith: method, code: outcome.code },
      });
      throw error;
    });
    await this.store.replace(ended(attempt, 'succeeded', this.now(), connected));
    await this.supersedeOthers(attempt);
    return done;
  }

  /** Sign-ins that somebody left open end where a later one begins or succeeds. What is being proved goes on. */
  async supersedeOthers({ tenantId, connectorId, id }: Attempt): Promise<void> {
    const { items } = await this.store.list(tenantId, connectorId, { limit: pageSize });
    const open = items.filter(
      (other) =>
        other.id !== id &&
        other.state !== 'consumed' &&
        attemptStatusOf(other, this.now()) === 'pending',
    );
    for (const other of open)
      await this.store.replace(ended(other, 'superseded', this.now())).catch(unlessStale);
  }

  async runRetention(): Promise<void> {
    await this.store.deleteBefore(new Date(this.now().getTime() - keptInDays * day));
  }
}

/** It went on by itself in the meantime, and that stands. */
function unlessStale(error: unknown): void {
  if (!(error instanceof StaleError)) throw error;
}
