/**
 * Replaces one credential by the next: stores the new one, makes the connector refer to it,
 * disables the old one. The connector refers to a working secret at every moment.
 */
import { connectorKeyOf, type Connector, type SecretRef } from '../connectors/connector';
import { secretRefsOf } from '../connectors/obsolete-secrets';
import type { SecretRemovalService } from '../connectors/secret-removal-service';
import { ConflictError, UpstreamError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { ConnectorService, EventsOfChange } from '../connectors/connector-service';
import type { ConnectorStore } from '../connectors/ports';
import type { Secret } from '../secrets/secret';
import {
  connectorSecretName,
  grantContentType,
  grantExpiry,
  type SecretKind,
} from '../secrets/secret-names';
import type { SecretStore } from '../secrets/ports';
import type { Stored } from '../storage/stored';

const hintLength = 3;

export interface NewSecrets {
  /** Client secret of the customer's app. */
  readonly secret?: { readonly value: Secret; readonly expiresAt?: Date | undefined };
  readonly refreshToken?: Secret;
}

export interface RolloverResult {
  readonly before: Connector;
  readonly connector: Stored<Connector>;
}

export class SecretRolloverService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'changeStored'>,
    private readonly connectorStore: Pick<ConnectorStore, 'get'>,
    private readonly secretStore: Pick<SecretStore, 'put' | 'disable'>,
    private readonly secretRemovals: Pick<SecretRemovalService, 'removeObsolete'>,
    private readonly now: () => Date,
  ) {}

  /** Stores all secrets or none: a stored one is disabled if the next cannot be stored. */
  async store(
    connector: Connector,
    { secret, refreshToken }: NewSecrets,
  ): Promise<Connector['secrets']> {
    const grant = refreshToken && (await this.putGrant(connector, refreshToken));
    if (!secret) return { ...(grant && { grant }) };
    try {
      const properties = { contentType: 'text/plain', expiresAt: secret.expiresAt };
      const ref = await this.put(connector, 'secret', secret.value, properties);
      const hint = secret.value.reveal().slice(0, hintLength);
      return { ...(grant && { grant }), secret: { ...ref, hint } };
    } catch (error) {
      if (grant) await this.discard(connector, { grant });
      throw error;
    }
  }

  /**
   * Makes the connector refer to the stored secrets through `apply`, and removes those that it used
   * before. Disables the stored ones if the change fails. Throws ConflictError if the connector was
   * disconnected since it was read: the names of its secrets may be deleted.
   */
  async activate(
    read: Stored<Connector>,
    secrets: Connector['secrets'],
    apply: (connector: Connector) => Connector,
    eventsOf?: EventsOfChange,
  ): Promise<RolloverResult> {
    let before: Connector = read;
    try {
      const changed = await this.connectors.changeStored(
        read,
        (current) => {
          if (current.connection.disconnectedAt !== read.connection.disconnectedAt)
            throw disconnectedMeanwhile();
          before = current;
          return apply(current);
        },
        eventsOf,
      );
      return { before, connector: await this.secretRemovals.removeObsolete(changed) };
    } catch (error) {
      await this.discard(read, secrets);
      throw error;
    }
  }

  private putGrant(connector: Connector, refreshToken: Secret): Promise<SecretRef> {
    const expiresAt = grantExpiry(this.now());
    return this.put(connector, 'grant', refreshToken, { contentType: grantContentType, expiresAt });
  }

  /** Takes another name if Key Vault still reserves the first one, so that no sign-in is lost. */
  private async put(
    connector: Connector,
    kind: SecretKind,
    secret: Secret,
    properties: SecretProperties,
  ): Promise<SecretRef> {
    const { id, version } = connector;
    const nextName = connectorSecretName(id, kind, version);
    const name =
      connector.secrets[kind]?.name ??
      (isFirstConnection(connector) ? connectorSecretName(id, kind) : nextName);
    return this.putAs(name, secret, properties).catch((error: unknown) => {
      if (!isReserved(error) || name === nextName) throw error;
      return this.putAs(nextName, secret, properties);
    });
  }

  private async putAs(
    name: string,
    secret: Secret,
    { contentType, expiresAt }: SecretProperties,
  ): Promise<SecretRef> {
    const properties = { contentType, ...(expiresAt && { expiresAt }) };
    return {
      name,
      version: await this.secretStore.put(name, secret, properties),
      updatedAt: this.now().toISOString(),
      ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    };
  }

  /**
   * Disables secrets that no connector refers to. The stored row decides, because a write may
   * succeed although its response was lost. What cannot be disabled now is found by the timer for
   * orphaned secrets.
   */
  private async discard(connector: Connector, secrets: Connector['secrets']): Promise<void> {
    try {
      const stored = await this.connectorStore.get(connectorKeyOf(connector));
      const inUse = new Set(stored && secretRefsOf(stored).map(({ version }) => version));
      for (const { name, version } of secretRefsOf({ secrets }))
        if (!inUse.has(version)) await this.secretStore.disable(name, version);
    } catch (error) {
      logFailure('secret.disabling_failed', error, { connectorId: connector.id });
    }
  }
}

interface SecretProperties {
  readonly contentType: string;
  readonly expiresAt?: Date | undefined;
}

const isFirstConnection = ({ account, connection }: Connector): boolean =>
  account === undefined && connection.disconnectedAt === undefined;

const isReserved = (error: unknown): boolean =>
  error instanceof UpstreamError && error.code === 'secret_soft_deleted';

const disconnectedMeanwhile = () =>
  new ConflictError(
    'disconnected_meanwhile',
    'The connector was disconnected after this sign-in started. Start a new sign-in.',
  );
