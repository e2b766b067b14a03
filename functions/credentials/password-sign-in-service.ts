/**
 * Exchanges a user name and a password for a grant, once. The password is not stored. A failed
 * sign-in is never repeated by the app, because a few wrong passwords lock the account.
 */
import { connectorKeyOf, type Connector } from '../connectors/connector';
import { ThrottledError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { ConnectionService } from './connection-service';
import type { UsernamePassword } from './credential';
import type { ConnectionAttemptStore, PasswordSignIn } from './ports';

const maxAttempts = 3;
const hourMs = 3_600_000;
const pageSize = 100;

export class PasswordSignInService {
  constructor(
    private readonly attempts: Pick<ConnectionAttemptStore, 'list'>,
    private readonly passwordSignIn: PasswordSignIn,
    private readonly connections: Pick<ConnectionService, 'connectWithGrant'>,
    private readonly now: () => Date,
  ) {}

  async connect(
    actor: Actor,
    read: Stored<Connector>,
    { tenantId, clientId, clientSecret, username, password }: UsernamePassword,
  ): Promise<Stored<Connector>> {
    await this.assertAttemptsRemain(connectorKeyOf(read));
    const app = { clientId, ...(clientSecret && { clientSecret }) };
    const signIn = await this.passwordSignIn.withPassword({ tenantId, app, username, password });
    return this.connections.connectWithGrant(actor, read, signIn, {
      connectedWith: 'username_password',
      // The user name states the expected account.
      allowAccountChange: true,
      ...(clientSecret && { clientSecret }),
    });
  }

  /** Counts the attempts of the last sixty minutes, including the current one. */
  private async assertAttemptsRemain(connector: ConnectorKey): Promise<void> {
    const since = this.now().getTime() - hourMs;
    const { items } = await this.attempts.list(connector, { limit: pageSize });
    const times = items
      .filter(({ method }) => method === 'username_password')
      .filter(({ outcome }) => outcome?.code !== 'password_attempts_exceeded')
      .map(({ createdAt }) => Date.parse(createdAt))
      .filter((at) => at > since);
    if (times.length <= maxAttempts) return;
    throw new ThrottledError(
      'password_attempts_exceeded',
      `Only ${maxAttempts} password sign-ins an hour are allowed, so that the account is not locked. Try again later.`,
      Math.ceil((Math.min(...times) - since) / 1_000),
    );
  }
}
