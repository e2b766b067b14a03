/**
 * A user name and a password are exchanged for a grant, once, and forgotten. It is never tried again by itself: a few
 * wrong passwords lock the account for everybody who uses it.
 */
import { ThrottledError } from '../errors/app-error';
import type { Stored } from '../storage/stored';
import type { ConnectionService } from './connection-service';
import type { Actor, Connector } from '../connectors/connector';
import type { UsernamePassword } from './credential';
import type { ConnectionAttemptStore, PasswordSignIn } from '../connectors/ports';

const maxAttempts = 3;
const hour = 3_600_000;
const pageSize = 100;

export class PasswordSignInService {
  constructor(
    private readonly attempts: Pick<ConnectionAttemptStore, 'list'>,
    private readonly entra: PasswordSignIn,
    private readonly connections: ConnectionService,
    private readonly now: () => Date,
  ) {}

  async connect(
    actor: Actor,
    id: string,
    { tenantId, clientId, clientSecret, username, password }: UsernamePassword,
  ): Promise<Stored<Connector>> {
    await this.expectFewTries(actor.tenantId, id);
    const app = { clientId, ...(clientSecret && { clientSecret }) };
    const signedIn = await this.entra.withPassword({ tenantId, app, username, password });
    return this.connections.connectWithGrant(actor, id, signedIn, {
      connectedWith: 'username_password',
      // Whoever knows the password has said who is meant.
      allowAccountChange: true,
      ...(clientSecret && { clientSecret }),
    });
  }

  /** Whatever hour the clock shows: the last sixty minutes count, and the attempt that asks is one of them. */
  private async expectFewTries(tenantId: string, id: string): Promise<void> {
    const since = this.now().getTime() - hour;
    const { items } = await this.attempts.list(tenantId, id, { limit: pageSize });
    const tries = items
      .filter(({ method }) => method === 'username_password')
      .filter(({ outcome }) => outcome?.code !== 'password_tries_exceeded')
      .map(({ createdAt }) => Date.parse(createdAt))
      .filter((at) => at > since);
    if (tries.length <= maxAttempts) return;
    throw new ThrottledError(
      'password_tries_exceeded',
      `A password may be tried ${maxAttempts} times in an hour, so that the account is not locked.`,
      Math.ceil((Math.min(...tries) - since) / 1_000),
    );
  }
}
