/**
 * Renews the grant of a connection about once a day: redeems it, and stores the grant that Entra issues
 * with the access token. The old grant stays valid, so what fails after the token was issued fails no
 * sign-in: Key Vault allows reads but no writes after a failover to another region, for hours.
 */
import { connectorKeyOf, type Connector, type SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { SecretRemovalService } from '../connectors/secret-removal-service';
import { logFailure } from '../errors/log-failure';
import type { Secret } from '../secrets/secret';
import { grantContentType, grantExpiry } from '../secrets/secret-names';
import type { SecretStore } from '../secrets/ports';
import type { Stored } from '../storage/stored';
import type { ConnectionStateService } from './connection-state-service';
import type { AccessToken, LeaseStore, RenewedAccess } from './ports';
import { isRenewalDue } from './renewal-schedule';

/** Longer than a renewal with all its retries. */
const leaseMs = 3 * 60_000;

export interface IssuedToken extends AccessToken {
  /** The renewed grant is not stored. The next sign-in renews it again. */
  readonly renewalFailure?: Error;
}

export class GrantRenewalService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: Pick<ConnectionStateService, 'recordRenewal'>,
    private readonly leases: LeaseStore,
    private readonly secretStore: Pick<SecretStore, 'put' | 'disable'>,
    private readonly secretRemovals: Pick<SecretRemovalService, 'removeObsolete'>,
    private readonly now: () => Date,
  ) {}

  /**
   * The worker with the lease stores the new grant. Others redeem the old grant, which stays valid.
   * Throws what `redeem` throws.
   */
  async renew(
    connector: Stored<Connector>,
    redeem: (connector: Connector) => Promise<RenewedAccess>,
  ): Promise<IssuedToken> {
    const now = this.now();
    const key = connectorKeyOf(connector);
    const lease = await this.leases.take(key, now, new Date(now.getTime() + leaseMs));
    if (!lease) return redeem(connector);
    try {
      // The previous holder of the lease may have renewed the grant already.
      const current = await this.connectors.get(key);
      const used = current.secrets.grant ? current : connector;
      const access = await redeem(used);
      if (!isRenewalDue(current, this.now())) return access;
      return await this.tryToStore(current, used.secrets.grant!, access);
    } finally {
      // The token is issued. A lease that is not released expires.
      await this.leases
        .release(lease)
        .catch((error: unknown) =>
          logFailure('renewal.lease_not_released', error, { connectorId: connector.id }),
        );
    }
  }

  private async tryToStore(
    connector: Stored<Connector>,
    used: SecretRef,
    { refreshToken, ...access }: RenewedAccess,
  ): Promise<IssuedToken> {
    try {
      await this.storeGrant(connector, used, refreshToken);
      return access;
    } catch (cause) {
      logFailure('renewal.not_stored', cause, { connectorId: connector.id });
      const renewalFailure = new Error('The renewed grant was not stored.', { cause });
      return { ...access, renewalFailure };
    }
  }

  /** Stores the grant before the connector refers to it. Disables the grant that is not used. */
  private async storeGrant(
    connector: Stored<Connector>,
    used: SecretRef,
    refreshToken: Secret,
  ): Promise<void> {
    const expiresAt = grantExpiry(this.now());
    const properties = { contentType: grantContentType, expiresAt };
    const version = await this.secretStore.put(used.name, refreshToken, properties);
    const current = await this.states.recordRenewal(connector, {
      name: used.name,
      version,
      updatedAt: this.now().toISOString(),
      expiresAt: expiresAt.toISOString(),
    });
    if (current?.secrets.grant?.version === version)
      await this.secretRemovals.removeObsolete(current);
    else await this.discard(connector, used.name, version);
  }

  /** A failure does not concern the access token: a timer finds versions that are not in use. */
  private async discard({ id }: Connector, name: string, version: string): Promise<void> {
    await this.secretStore
      .disable(name, version)
      .catch((error: unknown) => logFailure('secret.disabling_failed', error, { connectorId: id }));
  }
}
