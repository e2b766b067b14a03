/**
 * From one credential to the next: the new one is stored, then pointed to, and only then the old one is disabled. At
 * every moment the connector points to something that works; what nothing points to is unusable, or soon made so.
 */
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import type { Connector, SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { ConnectorStore, SecretStore } from '../connectors/ports';
import { grantContentType, grantExpiry, grantName, secretName } from '../secrets/secret-names';

const hintLength = 3;

export interface NewSecrets {
  /** The client secret of the customer's app. */
  readonly secret?: { readonly value: Secret; readonly expiresAt?: Date | undefined };
  readonly refreshToken?: Secret;
}

export interface RolloverResult {
  readonly before: Connector;
  readonly connector: Stored<Connector>;
}

export class SecretRolloverService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'change'>,
    private readonly store: Pick<ConnectorStore, 'get'>,
    private readonly vault: Pick<SecretStore, 'put' | 'disable'>,
    private readonly now: () => Date,
  ) {}

  /** Of several secrets, all or none: what was stored is disabled again when the rest cannot be. */
  async keep(
    connectorId: string,
    { secret, refreshToken }: NewSecrets,
  ): Promise<Connector['secrets']> {
    const grant =
      refreshToken &&
      (await this.put(
        grantName(connectorId),
        refreshToken,
        grantContentType,
        grantExpiry(this.now()),
      ));
    if (!secret) return { ...(grant && { grant }) };
    try {
      const name = secretName(connectorId);
      const kept = await this.put(name, secret.value, 'text/plain', secret.expiresAt);
      const hint = secret.value.reveal().slice(0, hintLength);
      return { ...(grant && { grant }), secret: { ...kept, hint } };
    } catch (error) {
      if (grant) await this.vault.disable(grant.name, grant.version);
      throw error;
    }
  }

  /** Points to what was kept. What loses, the old versions or the new ones, is disabled, so that no orphan stays usable. */
  async activate(
    { tenantId, id }: Pick<Connector, 'tenantId' | 'id'>,
    kept: Connector['secrets'],
    apply: (connector: Connector) => Connector,
  ): Promise<RolloverResult> {
    const seen: Connector[] = [];
    try {
      const connector = await this.connectors.change(tenantId, id, (current) => {
        seen.push(current);
        return apply(current);
      });
      await this.disableAllBut(connector, seen.flatMap(refsOf));
      return { before: seen.at(-1)!, connector };
    } catch (error) {
      // A write can land although its answer was lost, so what is stored decides and not the failure.
      const stored = await this.store.get(tenantId, id);
      await this.disableAllBut(stored, refsOf({ secrets: kept }));
      throw error;
    }
  }

  private async put(
    name: string,
    secret: Secret,
    contentType: string,
    expiresAt?: Date,
  ): Promise<SecretRef> {
    const about = { contentType, ...(expiresAt && { expiresAt }) };
    return {
      name,
      version: await this.vault.put(name, secret, about),
      updatedAt: this.now().toISOString(),
      ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    };
  }

  private async disableAllBut(connector: Connector | undefined, refs: readonly SecretRef[]) {
    const inUse = new Set(connector && refsOf(connector).map(({ version }) => version));
    for (const { name, version } of refs)
      if (!inUse.has(version)) await this.vault.disable(name, version);
  }
}

export const refsOf = ({ secrets }: Pick<Connector, 'secrets'>): SecretRef[] =>
  [secrets.secret, secrets.grant].filter((ref) => ref !== undefined);
