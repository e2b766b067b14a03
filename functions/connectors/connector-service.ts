/**
 * Creates, lists, updates and hides connectors. State changes of the connection are in
 * credentials/.
 */
import { NotFoundError, StaleError } from '../errors/app-error';
import { throwFirst } from '../errors/own-failure';
import { personOf, type Actor } from '../events/actor';
import type { NewEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import { allowsVersion, type IfMatch } from '../storage/if-match';
import type { Page } from '../storage/page';
import type { Stored } from '../storage/stored';
import { updateRow } from '../storage/update-row';
import { isDeleting, startDeleting, unconnected } from './connection';
import {
  connectorKeyOf,
  etagOf,
  statusOf,
  type ConnectedWith,
  type Connector,
  type ConnectorStatus,
  type ConnectorSummary,
  type SyncSummary,
} from './connector';
import { withChange, type ConnectorChange } from './connector-change';
import { isBeforeCheckpoint, type ConnectorCheckpoint } from './connector-checkpoint';
import { connectorEvent, connectorUpdated } from './connector-events';
import { withObsoleteSecrets } from './obsolete-secrets';
import type { ConnectorStore } from './ports';

export interface NewConnector {
  readonly name: string;
  readonly type: Connector['type'];
  readonly connectedWith?: ConnectedWith | undefined;
}

export interface ConnectorQuery {
  readonly status?: ConnectorStatus | undefined;
  /** Part of the name, compared without case. */
  readonly q?: string | undefined;
  /** Only connected connectors whose connection expires before this time. */
  readonly expiringBy?: Date | undefined;
  readonly limit: number;
  readonly continuation?: string | undefined;
}

/** Events of a change, computed again for each attempt to write it. */
export type EventsOfChange = (next: Connector, before: Connector) => readonly NewEvent[];

const pageSize = 100;
/** Connectors that one page of a search looks at. */
const maxSearched = 500;

export class ConnectorService {
  constructor(
    private readonly store: ConnectorStore,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
    /** Per tenant. */
    private readonly maxConnectors: number,
  ) {}

  async create(
    actor: Actor,
    { name, type, connectedWith }: NewConnector,
  ): Promise<Stored<Connector>> {
    const at = this.now().toISOString();
    const connector: Connector = {
      tenantId: actor.tenantId,
      id: this.newId(),
      name,
      type,
      ...(connectedWith && { connectedWith }),
      credentialOwner: personOf(actor),
      connection: unconnected,
      secrets: {},
      version: 1,
      createdAt: at,
      createdBy: personOf(actor),
      updatedAt: at,
    };
    const created = connectorEvent(connector, 'connector.created', actor, { name });
    return this.events.commit([created], (events) =>
      this.store.create(connector, events, this.maxConnectors),
    );
  }

  /** Throws NotFoundError also for another tenant's connector and for one that is being deleted. */
  async get(key: ConnectorKey): Promise<Stored<Connector>> {
    const connector = await this.store.get(key);
    if (!connector || isDeleting(connector)) throw notFound();
    return connector;
  }

  /**
   * One page of matching connectors. Rows are filtered here, because tables cannot search. One page
   * of rows is read, so that the work of a request is bounded: few matches give a short page with a
   * continuation.
   */
  async list(tenantId: string, query: ConnectorQuery): Promise<Page<ConnectorSummary>> {
    const now = this.now();
    const q = query.q?.normalize('NFKC').toLowerCase();
    const matches = (connector: ConnectorSummary) =>
      !isDeleting(connector) &&
      (query.status === undefined || statusOf(connector, now) === query.status) &&
      (query.expiringBy === undefined || isExpiring(connector, query.expiringBy, now)) &&
      (q === undefined || connector.name.toLowerCase().includes(q));

    const { limit, continuation } = query;
    const isSearch = (query.status ?? query.q ?? query.expiringBy) !== undefined;
    const page = await this.store.listSummaries(tenantId, {
      limit: isSearch ? maxSearched : limit,
      ...(continuation !== undefined && { continuation }),
    });
    const found = page.items.filter(matches);
    const items = found.slice(0, limit);
    const next = found.length > limit ? items.at(-1)!.id : page.continuation;
    return { items, ...(next !== undefined && { continuation: next }) };
  }

  /**
   * Throws StaleError unless `ifMatch` allows the current version. A sync summary recorded meanwhile
   * does not change the ETag.
   */
  async update(
    actor: Actor,
    connectorId: string,
    ifMatch: IfMatch,
    change: ConnectorChange,
  ): Promise<Stored<Connector>> {
    const key = { tenantId: actor.tenantId, connectorId };
    return this.change(
      key,
      (connector) => {
        assertVersion(connector, ifMatch);
        return withChange(connector, change, this.now());
      },
      (next, before) => [connectorUpdated(before, next, actor)],
    );
  }

  /** Hides the connector. Repeated while the deletion runs, it succeeds without a change. */
  async startDeleting(actor: Actor, connectorId: string, ifMatch: IfMatch): Promise<void> {
    const key = { tenantId: actor.tenantId, connectorId };
    const connector = await this.store.get(key);
    if (!connector) throw notFound();
    if (isDeleting(connector)) return;
    await this.changeStored(
      connector,
      (current) => {
        assertVersion(current, ifMatch);
        return startDeleting(current, this.now());
      },
      (hidden) => [connectorEvent(hidden, 'connector.deleted', actor, { name: hidden.name })],
    );
  }

  /** Throws NotFoundError unless the connector is being deleted. */
  async getDeleting(key: ConnectorKey): Promise<Stored<Connector>> {
    const connector = await this.store.get(key);
    if (!connector || !isDeleting(connector))
      throw new NotFoundError(
        'deletion_not_found',
        'No connector with this id is being deleted. If you requested its deletion, it is finished.',
      );
    return connector;
  }

  /**
   * Every connector of every tenant, also those that are being deleted. If a row cannot be read, tells
   * `onUnreadable`, or throws after all others: it must not count as missing, and must hold up no other.
   */
  async *allTenants(onUnreadable?: (error: unknown) => void): AsyncIterable<Stored<Connector>> {
    const unreadable: unknown[] = [];
    for await (const tenantId of this.store.listTenants())
      yield* this.all(tenantId, onUnreadable ?? ((error) => unreadable.push(error)));
    throwFirst(unreadable);
  }

  /**
   * Connectors of every tenant that are not being deleted, by tenant and id, from a checkpoint on.
   */
  async *fromCheckpoint(checkpoint?: ConnectorCheckpoint): AsyncIterable<Stored<Connector>> {
    for await (const connector of this.allTenants())
      if (!isDeleting(connector) && !(checkpoint && isBeforeCheckpoint(connector, checkpoint)))
        yield connector;
  }

  listTenants(): AsyncIterable<string> {
    return this.store.listTenants();
  }

  /** Connectors of one tenant that are not being deleted. One that cannot be read is left out. */
  async *inTenant(tenantId: string): AsyncIterable<Stored<Connector>> {
    for await (const connector of this.all(tenantId)) if (!isDeleting(connector)) yield connector;
  }

  /** Stores the summary of the last sync. The ETag that callers see does not change. */
  async recordSync(
    key: ConnectorKey,
    summarize: (previous: SyncSummary | undefined) => SyncSummary,
  ): Promise<void> {
    await this.change(key, (connector) => {
      const syncSummary = summarize(connector.syncSummary);
      return syncSummary === connector.syncSummary ? connector : { ...connector, syncSummary };
    });
  }

  /** Reads the connector, then changes it as `changeStored` does. */
  async change(
    key: ConnectorKey,
    apply: (connector: Connector) => Connector,
    eventsOf?: EventsOfChange,
  ): Promise<Stored<Connector>> {
    return this.changeStored(await this.get(key), apply, eventsOf);
  }

  /**
   * Applies a change to a connector that was read before. Reads it again and repeats the change
   * only if another writer was faster. `apply` may throw. Nothing is written if it returns the
   * connector that it was given. The events of the change are stored in its transaction, and secrets
   * that the change replaces become obsolete.
   */
  async changeStored(
    read: Stored<Connector>,
    apply: (connector: Connector) => Connector,
    eventsOf: EventsOfChange = () => [],
  ): Promise<Stored<Connector>> {
    return updateRow(
      (attempt) => (attempt === 1 ? read : this.get(connectorKeyOf(read))),
      (current) => {
        const applied = apply(current);
        if (applied === current) return async () => current;
        const next = withObsoleteSecrets(current, applied, this.now());
        return () =>
          this.events.commit(eventsOf(next, current), (events) =>
            this.store.replace({ ...next, etag: current.etag }, events),
          );
      },
    );
  }

  private async *all(
    tenantId: string,
    onUnreadable?: (error: unknown) => void,
  ): AsyncIterable<Stored<Connector>> {
    let continuation: string | undefined;
    do {
      const request = { limit: pageSize, ...(continuation !== undefined && { continuation }) };
      const page = await this.store.list(tenantId, request, onUnreadable);
      yield* page.items;
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
}

const isExpiring = (connector: Connector, by: Date, now: Date): boolean =>
  statusOf(connector, now) === 'connected' && statusOf(connector, by) !== 'connected';

const notFound = () =>
  new NotFoundError('connector_not_found', 'There is no connector with this id. Check the id.');

function assertVersion(connector: Connector, ifMatch: IfMatch): void {
  if (!allowsVersion(ifMatch, etagOf(connector)))
    throw new StaleError(
      'connector_version_stale',
      'The connector changed since you read it. Read it again, then repeat your change.',
    );
}
