/**
 * Replaces one credential by the next: stores the new one, makes the connector refer to it,
 * disables the old one. The connector refers to a working secret at every moment.
 */
import { connectorKeyOf, type Connector, type SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { ConnectorStore } from '../connectors/ports';
import type { Secret } from '../secrets/secret';
import { grantContentType, grantExpiry, grantName, secretName } from '../secrets/secret-names';
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
    private readonly now: () => Date,
  ) {}

  /** Stores all secrets or none: a stored one is disabled if the next cannot be stored. */
  async store(
    connectorId: string,
    { secret, refreshToken }: NewSecrets,
  ): Promise<Connector['secrets']> {
    const grant = refreshToken && (await this.putGrant(connectorId, refreshToken));
    if (!secret) return { ...(grant && { grant }) };
    try {
      const name = secretName(connectorId);
      const ref = await this.put(name, secret.value, 'text/plain', secret.expiresAt);
      const hint = secret.value.reveal().slice(0, hintLength);
      return { ...(grant && { grant }), secret: { ...ref, hint } };
    } catch (error) {
      if (grant) await this.secretStore.disable(grant.name, grant.version);
      throw error;
    }
  }

  /**
   * Makes the connector refer to the stored secrets through `apply`. Disables the versions that are
   * not in use afterwards: the old ones, or the new ones after a failure.
   */
  async activate(
    read: Stored<Connector>,
    secrets: Connector['secrets'],
    apply: (connector: Connector) => Connector,
  ): Promise<RolloverResult> {
    const seen: Connector[] = [];
    try {
      const connector = await this.connectors.changeStored(read, (current) => {
        seen.push(current);
        return apply(current);
      });
      await this.disableUnused(connector, seen.flatMap(secretRefsOf));
      return { before: seen.at(-1)!, connector };
    } catch (error) {
      // A write may succeed although its response was lost, so the stored row decides.
      const stored = await this.connectorStore.get(connectorKeyOf(read));
      await this.disableUnused(stored, secretRefsOf({ secrets }));
      throw error;
    }
  }

  private putGrant(connectorId: string, refreshToken: Secret): Promise<SecretRef> {
    const expiresAt = grantExpiry(this.now());
    return this.put(grantName(connectorId), refreshToken, grantContentType, expiresAt);
  }

  private async put(
    name: string,
    secret: Secret,
    contentType: string,
    expiresAt?: Date,
  ): Promise<SecretRef> {
    const properties = { contentType, ...(expiresAt && { expiresAt }) };
    return {
      name,
      version: await this.secretStore.put(name, secret, properties),
      updatedAt: this.now().toISOString(),
      ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    };
  }

  private async disableUnused(connector: Connector | undefined, refs: readonly SecretRef[]) {
    const inUse = new Set(connector && secretRefsOf(connector).map(({ version }) => version));
    for (const { name, version } of refs)
      if (!inUse.has(version)) await this.secretStore.disable(name, version);
  }
}

export const secretRefsOf = ({ secrets }: Pick<Connector, 'secrets'>): SecretRef[] =>
  [secrets.secret, secrets.grant].filter((ref) => ref !== undefined);
