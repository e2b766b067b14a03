/**
 * Exchanges a user name and a password for a grant, once. The password is not stored. A failed
 * sign-in is never repeated by the app, because a few wrong passwords lock the account.
 */
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { Actor } from '../events/actor';
import type { Stored } from '../storage/stored';
import type { AllowedTenantsService } from './accounts/allowed-tenants-service';
import type { PasswordTries } from './accounts/password-tries';
import { tenantIdOf } from './accounts/tenant-id';
import type { ConnectionService } from './connection-service';
import type { UsernamePassword } from './credential';
import type { PasswordSignIn, TenantDirectory } from './ports';

export class PasswordSignInService {
  constructor(
    private readonly tries: Pick<PasswordTries, 'count'>,
    private readonly tenantDirectory: TenantDirectory,
    private readonly allowedTenants: Pick<AllowedTenantsService, 'assertAllowed'>,
    private readonly passwordSignIn: PasswordSignIn,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
  ) {}

  /**
   * Throws ThrottledError if the account or the connector had three tries within an hour, and
   * RefusedError for a tenant that is not allowed: no password is tried at an account of strangers.
   */
  async connect(
    actor: Actor,
    read: Stored<Connector>,
    { clientId, clientSecret, username, password, ...named }: UsernamePassword,
    attemptId: string,
  ): Promise<Stored<Connector>> {
    const tenantId = await tenantIdOf(this.tenantDirectory, named.tenantId);
    await this.allowedTenants.assertAllowed(actor.tenantId, tenantId);
    await this.tries.count(connectorKeyOf(read), username);
    const app = { clientId, ...(clientSecret && { clientSecret }) };
    const signIn = await this.passwordSignIn.withPassword({ tenantId, app, username, password });
    return this.connections.connectWithGrant(actor, read, signIn, {
      connectedWith: 'username_password',
      // The user name states the expected account.
      allowAccountChange: true,
      attemptId,
      ...(clientSecret && { clientSecret }),
    });
  }
}
