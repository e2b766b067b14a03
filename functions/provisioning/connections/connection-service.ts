/** Creates, changes and deletes provisioning connections, and issues and revokes their tokens. */
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  StaleError,
} from '../../errors/app-error';
import { personOf, type Actor } from '../../events/actor';
import type { NewEvent } from '../../events/event';
import type { EventLog } from '../../events/ports';
import type { Secret } from '../../secrets/secret';
import { allowsVersion, type IfMatch } from '../../storage/if-match';
import type { Stored } from '../../storage/stored';
import { updateRow } from '../../storage/update-row';
import type { DirectoryKey } from '../directory/directory';
import { Turns } from '../directory/turns';
import type { ConnectionStore } from '../ports';
import {
  connectionEtag,
  connectionLimits,
  isDeleting,
  newConnection,
  withNextVersion,
  withToken,
  withoutToken,
  type NewConnection,
  type ProvisioningConnection,
} from './connection';
import { connectionEvent, connectionUpdated } from './connection-events';
import type { Peppers } from './peppers';
import {
  digestOf,
  issueToken,
  tokenScopes,
  type ProvisioningToken,
  type TokenScope,
  type TokenUse,
} from './token';

export interface NewToken {
  /** Default: all. */
  readonly scopes?: readonly TokenScope[] | undefined;
  /** Default: 180. */
  readonly lifetimeDays?: number | undefined;
  /** Ends the other active tokens after so many days; 0 at once. Absent: they stay as they are. */
  readonly overlapDays?: number | undefined;
}

export interface ConnectionChange {
  readonly name?: string | undefined;
  readonly profile?: ProvisioningConnection['profile'] | undefined;
  /** Null removes the list. */
  readonly allowedAddresses?: readonly string[] | null | undefined;
}

type Connection = Stored<ProvisioningConnection>;

export class ConnectionService {
  private readonly creations = new Turns();

  constructor(
    private readonly store: ConnectionStore,
    private readonly peppers: Peppers,
    private readonly events: EventLog,
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly randomBytes: (size: number) => Uint8Array,
    /** Tells tokens of two deployments apart. */
    private readonly environment: string,
  ) {}

  /** Throws ConflictError if the tenant has the maximum number of connections. */
  async create(actor: Actor, fields: NewConnection): Promise<Connection> {
    // One after the other in a worker, so that only workers compete.
    return this.creations.take(actor.tenantId, () => this.createNext(actor, fields));
  }

  /** Throws NotFoundError, also while the connection is being deleted. */
  async get(key: DirectoryKey): Promise<Connection> {
    const connection = await this.store.get(key);
    if (!connection || isDeleting(connection))
      throw new NotFoundError(
        'provisioning_connection_not_found',
        'The tenant has no provisioning connection with this id. Check the id.',
      );
    return connection;
  }

  /** Newest first. */
  async list(tenantId: string): Promise<readonly Connection[]> {
    return (await this.store.list(tenantId)).filter((connection) => !isDeleting(connection));
  }

  tokenUses(key: DirectoryKey): Promise<ReadonlyMap<string, TokenUse>> {
    return this.store.listTokenUses(key);
  }

  /** Throws StaleError unless `ifMatch` allows the current version. */
  async update(
    actor: Actor,
    key: DirectoryKey,
    ifMatch: IfMatch,
    { name, profile, allowedAddresses }: ConnectionChange,
  ): Promise<Connection> {
    return this.change(
      key,
      (current) => {
        assertVersion(current, ifMatch);
        const { allowedAddresses: allowed, ...others } = current;
        const addresses = allowedAddresses === undefined ? allowed : allowedAddresses;
        const changed = {
          ...others,
          name: name ?? current.name,
          profile: profile ?? current.profile,
          ...(addresses && { allowedAddresses: [...addresses] }),
        };
        return withNextVersion(changed, this.now());
      },
      (next, before) => connectionUpdated(before, next, actor),
    );
  }

  /**
   * The token is returned once and cannot be read again. Throws ConflictError if the connection has
   * too many active tokens, InvalidInputError for a life that is too long.
   */
  async issueToken(
    actor: Actor,
    key: DirectoryKey,
    { scopes = tokenScopes, lifetimeDays = connectionLimits.tokenDays, overlapDays }: NewToken,
  ): Promise<{
    readonly connection: Connection;
    readonly issued: ProvisioningToken;
    readonly token: Secret;
  }> {
    if (lifetimeDays > connectionLimits.maxTokenDays)
      throw new InvalidInputError(
        'token_expiry_too_far',
        `A token lives for at most ${connectionLimits.maxTokenDays} days. Choose an earlier end.`,
        [
          {
            pointer: '/lifetimeDays',
            code: 'too_large',
            detail: 'lifetimeDays is too large',
          },
        ],
      );
    await this.get(key);
    const { id, secret, token } = issueToken(this.environment, this.randomBytes);
    const pepper = await this.peppers.current();
    const at = this.now();
    const issued: ProvisioningToken = {
      id,
      scopes: [...scopes],
      digest: digestOf(secret, pepper.value),
      pepperVersion: pepper.version,
      createdAt: at.toISOString(),
      createdBy: personOf(actor),
      expiresAt: new Date(at.getTime() + lifetimeDays * 86_400_000).toISOString(),
    };
    // Without a token in the connection the owner has no effect.
    await this.store.putTokenOwner(id, key);
    const connection = await this.change(
      key,
      (current) => withToken(current, issued, overlapDays, at),
      (next) =>
        connectionEvent(next, 'provisioning.token_issued', actor, {
          tokenId: id,
          scopes: scopes.join(' '),
          expiresAt: issued.expiresAt,
          ...(overlapDays !== undefined && { overlapDays }),
        }),
    );
    return { connection, issued, token };
  }

  /** Takes effect within seconds on every worker. Throws NotFoundError for an unknown token. */
  async revokeToken(actor: Actor, key: DirectoryKey, tokenId: string): Promise<void> {
    await this.change(
      key,
      (current) => {
        const token = current.tokens.find(({ id }) => id === tokenId);
        if (!token)
          throw new NotFoundError(
            'provisioning_token_not_found',
            'The provisioning connection has no token with this id. Check the id.',
          );
        return token.revokedAt === undefined ? withoutToken(current, tokenId, this.now()) : current;
      },
      (next) => connectionEvent(next, 'provisioning.token_revoked', actor, { tokenId }),
    );
  }

  /** Tokens are refused from now on. A timer revokes what was granted and purges the directory. */
  async delete(actor: Actor, key: DirectoryKey): Promise<void> {
    await this.change(
      key,
      (current) =>
        withNextVersion({ ...current, deletingSince: this.now().toISOString() }, this.now()),
      (next) => connectionEvent(next, 'provisioning.connection_deleted', actor),
    );
  }

  private createNext(actor: Actor, fields: NewConnection): Promise<Connection> {
    const { tenantId } = actor;
    return updateRow(
      async () => {
        const creations = await this.store.getCreations(tenantId);
        if ((await this.list(tenantId)).length >= connectionLimits.connectionsPerTenant)
          throw new ConflictError(
            'too_many_provisioning_connections',
            `The tenant has ${connectionLimits.connectionsPerTenant} provisioning connections. Delete one that is not used.`,
          );
        return creations;
      },
      (creations) => () => {
        const key = { tenantId, connectionId: this.newId() };
        const created = newConnection(key, fields, personOf(actor), this.now());
        const event = connectionEvent(created, 'provisioning.connection_created', actor);
        return this.events.commit([event], (messages) =>
          this.store.create(created, messages, creations),
        );
      },
    );
  }

  /** Without an event if `apply` returns the same object. */
  private change(
    key: DirectoryKey,
    apply: (current: Connection) => Connection,
    eventOf: (next: Connection, before: Connection) => NewEvent,
  ): Promise<Connection> {
    return updateRow(
      () => this.get(key),
      (current) => {
        const next = apply(current);
        return async () =>
          next === current
            ? current
            : this.events.commit([eventOf(next, current)], (messages) =>
                this.store.replace(next, messages),
              );
      },
    );
  }
}

function assertVersion(connection: ProvisioningConnection, ifMatch: IfMatch): void {
  if (!allowsVersion(ifMatch, connectionEtag(connection)))
    throw new StaleError(
      'provisioning_connection_outdated',
      'The provisioning connection changed since it was read. Read it again.',
    );
}
