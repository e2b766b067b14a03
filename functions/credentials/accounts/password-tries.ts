/**
 * Counts password sign-ins per connector and per account. Another connector, or another spelling of
 * the user name, gives no more tries, because Entra locks the account and not the connector.
 */
import { createHmac } from 'node:crypto';
import { ThrottledError } from '../../errors/app-error';
import type { ConnectorKey } from '../../storage/connector-key';
import type { PasswordTryStore } from '../ports';

const maxTries = 3;
const hourMs = 3_600_000;

/** Key of the hashes under which accounts are counted. */
export interface TryKey {
  readonly get: () => Promise<string>;
  /** Other keys that were in use within the last two hours. */
  readonly recent: () => Promise<readonly string[]>;
}

export class PasswordTries {
  constructor(
    private readonly store: PasswordTryStore,
    private readonly now: () => Date,
    private readonly hashKey: TryKey,
  ) {}

  /** Counts a try, which must follow. Throws ThrottledError if three were made within an hour. */
  async count({ tenantId, connectorId }: ConnectorKey, username: string): Promise<void> {
    // Under a key that was replaced lately, other workers count, and earlier tries are counted.
    const keys = [...(await this.hashKey.recent()), await this.hashKey.get()];
    for (const subject of [`connector ${connectorId}`, `account ${canonical(username)}`])
      for (const key of keys) {
        const hash = createHmac('sha256', key)
          .update(JSON.stringify(['password tries', tenantId, subject]))
          .digest('hex');
        await this.countSubject(tenantId, hash);
      }
  }

  private async countSubject(tenantId: string, subject: string): Promise<void> {
    const now = this.now();
    const since = new Date(now.getTime() - hourMs);
    const { accepted, oldest } = await this.store.add(
      { tenantId, subject, at: now },
      { since, max: maxTries },
    );
    if (accepted) return;
    throw new ThrottledError(
      'password_attempts_exceeded',
      `Only ${maxTries} password sign-ins an hour are allowed for an account and for a connector, so that the account is not locked. Try again later.`,
      Math.ceil((oldest.getTime() - since.getTime()) / 1_000),
    );
  }
}

/** Entra compares user names without case. A user name belongs to one tenant only. */
const canonical = (username: string) => username.normalize('NFKC').trim().toLowerCase();
