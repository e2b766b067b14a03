/**
 * Removes obsolete secrets of connectors from Key Vault. What Key Vault does not confirm stays in
 * the row of the connector, is shown to callers, and is tried again by a timer.
 */
import { AppError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { EventLog } from '../events/ports';
import type { NewEvent } from '../events/event';
import type { SecretStore } from '../secrets/ports';
import type { Stored } from '../storage/stored';
import { updateRow } from '../storage/update-row';
import { connectorKeyOf, type Connector, type ObsoleteSecret } from './connector';
import {
  delayedRemoval,
  isRemovalDue,
  secretRefsOf,
  withObsoleteSecrets,
  withRemovalResults,
  type RemovalResult,
} from './obsolete-secrets';
import type { ConnectorStore } from './ports';

export class SecretRemovalService {
  constructor(
    private readonly store: Pick<ConnectorStore, 'get' | 'replace'>,
    private readonly secretStore: Pick<SecretStore, 'disable' | 'delete'>,
    private readonly events: EventLog,
    private readonly now: () => Date,
  ) {}

  /**
   * Tries each removal that is due. Returns the connector with what is still pending. Never throws:
   * the change that made the secrets obsolete is stored already.
   */
  removeObsolete(connector: Stored<Connector>): Promise<Stored<Connector>> {
    const { obsoleteSecrets = [] } = connector;
    return this.remove(
      connector,
      obsoleteSecrets.filter((each) => isRemovalDue(each, this.now())),
    );
  }

  /**
   * Removes all secrets of a connector that is being deleted. True if Key Vault confirmed the removal
   * of each. The failure of one that is pending is logged and stored.
   */
  async removeAll(connector: Stored<Connector>): Promise<boolean> {
    const unused = await this.change(connector, (current) =>
      secretRefsOf(current).length === 0
        ? current
        : withObsoleteSecrets(current, { ...current, secrets: {} }, this.now()),
    );
    const { obsoleteSecrets = [] } = await this.remove(unused, unused.obsoleteSecrets ?? []);
    return obsoleteSecrets.length === 0;
  }

  private async remove(
    connector: Stored<Connector>,
    secrets: readonly ObsoleteSecret[],
  ): Promise<Stored<Connector>> {
    if (secrets.length === 0) return connector;
    const inUse = new Set(secretRefsOf(connector).map(({ name }) => name));
    const results: RemovalResult[] = [];
    for (const secret of secrets) {
      const failure = await this.tryToRemove(secret, inUse.has(secret.name)).catch(
        (error: unknown) => this.failureOf(connector, error),
      );
      results.push({ secret, ...(failure && { failure }) });
    }
    return this.record(connector, results);
  }

  /** A version is disabled before its name is deleted: recovering a name restores all versions. */
  private async tryToRemove({ name, version }: ObsoleteSecret, isNameInUse: boolean) {
    await this.secretStore.disable(name, version);
    if (!isNameInUse) await this.secretStore.delete(name);
    return undefined;
  }

  private failureOf(connector: Connector, error: unknown): NonNullable<ObsoleteSecret['failure']> {
    logFailure('secret_removal.failed', error, { connectorId: connector.id });
    return error instanceof AppError
      ? { code: error.code, message: error.message }
      : { code: 'internal_error', message: 'The removal failed on our side.' };
  }

  /** Without this record the removals are repeated, which does no harm. */
  private async record(
    read: Stored<Connector>,
    results: readonly RemovalResult[],
  ): Promise<Stored<Connector>> {
    try {
      return await this.change(read, (current) => withRemovalResults(current, results, this.now()));
    } catch (error) {
      logFailure('secret_removal.not_recorded', error, { connectorId: read.id });
      return read;
    }
  }

  /**
   * Unlike `ConnectorService`, this changes also a connector that is being deleted. One that is
   * deleted by now stays as it was read.
   */
  private async change(
    read: Stored<Connector>,
    apply: (connector: Connector) => Connector,
  ): Promise<Stored<Connector>> {
    return updateRow<Stored<Connector> | undefined, Stored<Connector>>(
      (attempt) => (attempt === 1 ? read : this.store.get(connectorKeyOf(read))),
      (current) => {
        const next = current && apply(current);
        if (!current || !next || next === current) return async () => current ?? read;
        return () =>
          this.events.commit(removalEvents(current, next), (messages) =>
            this.store.replace({ ...next, etag: current.etag }, messages),
          );
      },
    );
  }
}

/** Tells when a removal is delayed, and when the last delayed removal is done. */
function removalEvents(before: Connector, next: Connector): NewEvent[] {
  const [was, is] = [delayedRemoval(before), delayedRemoval(next)];
  const event = { tenantId: next.tenantId, connectorId: next.id, actor: 'system' } as const;
  if (!was && is)
    return [
      {
        ...event,
        type: 'credentials.removal_delayed',
        outcome: 'failed',
        data: { code: is.failure!.code },
      },
    ];
  return was && !is ? [{ ...event, type: 'credentials.removed' }] : [];
}
