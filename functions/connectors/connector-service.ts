/** Connectors of a tenant: set up, found, renamed, hidden. Everything a connection does is in connection-service.ts. */
import type { FactoryFilters } from './factory-filter';
import { NotFoundError, StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Page } from '../storage/page';
import type { Stored } from '../storage/stored';
import { isDeleting, startDeleting, unconnected } from './connection';
import {
  etagOf,
  personOf,
  statusOf,
  type Actor,
  type ConnectedWith,
  type Connector,
  type ConnectorStatus,
  type SyncSummary,
} from './connector';
import { happened } from './connector-events';
import type { ConnectorStore } from './ports';

export interface NewConnector {
  readonly name: string;
  readonly type: Connector['type'];
  readonly connectedWith?: ConnectedWith | undefined;
}

export interface ConnectorQuery {
  readonly status?: ConnectorStatus | undefined;
  /** A part of the name, without case. */
  readonly q?: string | undefined;
  /** Connected, and by then no more unless something is done. */
  readonly expiringBy?: Date | undefined;
  readonly limit: number;
  readonly continuation?: string | undefined;
}

export interface ConnectorChange {
  readonly name?: string | undefined;
  /** Null takes them away. */
  readonly filters?: FactoryFilters | null | undefined;
}

/** Where long work on all connectors stands: at this one, or behind it when it is done. */
export interface ConnectorCheckpoint {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly done?: true;
}

const pageSize = 100;
const attemptsToChange = 8;

export class ConnectorService {
  constructor(
    private readonly store: ConnectorStore,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly events: EventLog,
  ) {}

  async create(
    actor: Actor,
    { name, type, connectedWith }: NewConnector,
  ): Promise<Stored<Connector>> {
    const at = this.now().toISOString();
    const connector = await this.store.create({
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
    });
    await this.events.record(happened(connector, 'connector.created', actor, { name }));
    return connector;
  }

  /** Throws NotFoundError for another tenant's connector and for one that is being deleted, too. */
  async get(tenantId: string, id: string): Promise<Stored<Connector>> {
    const connector = await this.store.get(tenantId, id);
    if (!connector || isDeleting(connector))
      throw new NotFoundError('connector_not_found', 'There is no connector of this id.');
    return connector;
  }

  /** One page of what matches; filters are looked at row by row, since tables can search for neither. */
  async list(tenantId: string, query: ConnectorQuery): Promise<Page<Stored<Connector>>> {
    const now = this.now();
    const wanted = (connector: Connector) =>
      !isDeleting(connector) &&
      (query.status === undefined || statusOf(connector, now) === query.status) &&
      (query.expiringBy === undefined || isExpiring(connector, query.expiringBy, now)) &&
      (query.q === undefined || connector.name.toLowerCase().includes(query.q.toLowerCase()));

    const items: Stored<Connector>[] = [];
    for await (const connector of this.all(tenantId, query.continuation)) {
      if (!wanted(connector)) continue;
      if (items.length === query.limit) return { items, continuation: items.at(-1)!.id };
      items.push(connector);
    }
    return { items };
  }

  /** The caller names the version it saw: a sync that noted its outcome in between is no conflict. */
  async update(
    actor: Actor,
    id: string,
    version: string,
    { name, filters }: ConnectorChange,
  ): Promise<Stored<Connector>> {
    const renamed = await this.change(actor.tenantId, id, (connector) => {
      expectVersion(connector, version);
      const { filters: kept, ...rest } = connector;
      const next = filters === undefined ? kept : (filters ?? undefined);
      const isSame = JSON.stringify(next) === JSON.stringify(kept);
      if (isSame && (name === undefined || name === connector.name)) return connector;
      const updatedAt = this.now().toISOString();
      return {
        ...rest,
        ...(next && { filters: next }),
        name: name ?? connector.name,
        version: connector.version + 1,
        updatedAt,
      };
    });
    if (etagOf(renamed) !== version)
      await this.events.record(
        happened(renamed, 'connector.updated', actor, { name: renamed.name }),
      );
    return renamed;
  }

  /** Hides the connector at once. Asked again while the rest is being deleted, it only says so again. */
  async startDeleting(actor: Actor, id: string, version: string): Promise<void> {
    const connector = await this.store.get(actor.tenantId, id);
    const hidden =
      connector && isDeleting(connector)
        ? connector
        : await this.change(actor.tenantId, id, (current) => {
            expectVersion(current, version);
            return startDeleting(current, this.now());
          });
    const { name } = hidden;
    await this.events.record(happened(hidden, 'connector.deleted', actor, { name }));
  }

  /** Throws NotFoundError unless a connector of this id is on its way out. */
  async expectDeleting(tenantId: string, id: string): Promise<void> {
    const connector = await this.store.get(tenantId, id);
    if (!connector || !isDeleting(connector))
      throw new NotFoundError('deletion_not_found', 'No connector of this id is being deleted.');
  }

  /** Every connector of every tenant, also those that are being deleted. */
  async *everywhere(): AsyncIterable<Stored<Connector>> {
    for await (const tenantId of this.store.tenants()) yield* this.all(tenantId);
  }

  /** Those of every tenant that are not being deleted, by tenant and id, from a place on. */
  async *inOrder(from?: ConnectorCheckpoint): AsyncIterable<Stored<Connector>> {
    for await (const connector of this.everywhere())
      if (!isDeleting(connector) && !(from && isPassed(connector, from))) yield connector;
  }

  tenants(): AsyncIterable<string> {
    return this.store.tenants();
  }

  /** Those of one tenant that are not being deleted. */
  async *ofTenant(tenantId: string): AsyncIterable<Stored<Connector>> {
    for await (const connector of this.all(tenantId)) if (!isDeleting(connector)) yield connector;
  }

  /** How the last sync went, seeing what is known of it; no change that a caller's If-Match would trip over. */
  async noteSync(
    tenantId: string,
    id: string,
    tell: (known: SyncSummary | undefined) => SyncSummary,
  ): Promise<void> {
    await this.change(tenantId, id, (connector) => {
      const syncSummary = tell(connector.syncSummary);
      return syncSummary === connector.syncSummary ? connector : { ...connector, syncSummary };
    });
  }

  /**
   * Applies a change to what is stored now, again when somebody else was faster. The change sees every attempt's own
   * connector and may throw; giving back the connector it was given writes nothing.
   */
  async change(
    tenantId: string,
    id: string,
    apply: (connector: Connector) => Connector,
  ): Promise<Stored<Connector>> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.get(tenantId, id);
      const next = apply(current);
      if (next === current) return current;
      try {
        return await this.store.replace({ ...next, etag: current.etag });
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === attemptsToChange) throw error;
      }
    }
  }

  private async *all(tenantId: string, after?: string): AsyncIterable<Stored<Connector>> {
    let continuation = after;
    do {
      const page = await this.store.list(tenantId, {
        limit: pageSize,
        ...(continuation !== undefined && { continuation }),
      });
      yield* page.items;
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
}

function isPassed({ tenantId, id }: Connector, from: ConnectorCheckpoint): boolean {
  if (tenantId !== from.tenantId) return tenantId < from.tenantId;
  return id < from.connectorId || (from.done === true && id === from.connectorId);
}

const isExpiring = (connector: Connector, by: Date, now: Date): boolean =>
  statusOf(connector, now) === 'connected' && statusOf(connector, by) !== 'connected';

function expectVersion(connector: Connector, version: string): void {
  if (etagOf(connector) !== version)
    throw new StaleError(
      'connector_version_stale',
      'The connector changed since you read it. Read it again, then repeat your change.',
    );
}

/**
 * Ids sort newest first: the time counts down, the rest is random. Letters and digits only, since Key Vault and
 * Durable allow little else in a name.
 */
export function newConnectorId(now: Date, random: string): string {
  const countdown = (2 ** 48 - 1 - now.getTime()).toString(16).padStart(12, '0');
  return countdown + random.replaceAll('-', '').slice(0, 16);
}
