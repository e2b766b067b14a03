/**
 * The state machine of a connection, and the only writer of its state. An attempt in progress changes nothing here:
 * old credentials stay until new ones are proved, so no connector is ever stuck on its way.
 */
import type {
  Account,
  Connection,
  ConnectedWith,
  Connector,
  Person,
  Reason,
  SecretRef,
} from './connector';

/** What a verified sign-in leaves behind. */
export interface Proof {
  readonly connectedWith: ConnectedWith;
  readonly account: Account;
  readonly secrets: { readonly secret?: SecretRef; readonly grant?: SecretRef };
  readonly credentialOwner: Person;
  readonly expiresAt?: string;
  readonly expiresAtSource: NonNullable<Connection['expiresAtSource']>;
}

export const unconnected: Connection = { state: 'unconnected' };

/** From any state but deletion: proved credentials replace whatever was there. */
export function connect(connector: Connector, proof: Proof, now: Date): Connector {
  const { expiresAt, expiresAtSource, ...taken } = proof;
  const at = now.toISOString();
  return changed({ ...connector, ...taken }, now, {
    state: 'connected',
    connectedAt: at,
    lastVerifiedAt: at,
    lastRefreshAt: at,
    expiresAtSource,
    ...(expiresAt !== undefined && { expiresAt }),
  });
}

/** A grant that was renewed slides its expiry; a failure noted before is over. Callers see no change but the dates. */
export function renew(connector: Connector, grant: SecretRef, now: Date): Connector {
  const { reason: _over, refreshFailureDays: _days, ...connection } = connector.connection;
  return changed({ ...connector, secrets: { ...connector.secrets, grant } }, now, {
    ...connection,
    state: 'connected',
    lastRefreshAt: now.toISOString(),
    lastVerifiedAt: now.toISOString(),
    ...(grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  });
}

/** Only a connection that worked can expire; one that never did has nothing to lose. */
export function expire(connector: Connector, reason: Reason, now: Date): Connector {
  const { state } = connector.connection;
  if (state !== 'connected' && state !== 'degraded') return connector;
  return changed(connector, now, { ...connector.connection, state: 'expired', reason });
}

/** Hidden from everybody from now on. There is no way back. */
export const startDeleting = (connector: Connector, now: Date): Connector =>
  changed(connector, now, { ...connector.connection, state: 'deleting' });

export const isDeleting = ({ connection }: Connector): boolean => connection.state === 'deleting';

/** A change that callers can see: its version moves. */
function changed(connector: Connector, now: Date, connection: Connection): Connector {
  return {
    ...connector,
    connection,
    version: connector.version + 1,
    updatedAt: now.toISOString(),
  };
}
