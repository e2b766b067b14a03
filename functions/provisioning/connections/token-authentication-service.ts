/** Finds the connection of a bearer token. Revocation and expiry act within seconds on every worker. */
import { TtlCache } from '../../concurrency/ttl-cache';
import { ForbiddenError, UnauthenticatedError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { Stored } from '../../storage/stored';
import type { DirectoryKey } from '../directory/directory';
import type { ConnectionStore } from '../ports';
import { isInRanges } from './address-range';
import { isDeleting, keyOf, type ProvisioningConnection } from './connection';
import type { Peppers } from './peppers';
import { hasDigest, parseToken, tokenStateOf, type ProvisioningToken } from './token';

export interface AuthenticatedToken {
  readonly connection: ProvisioningConnection;
  readonly token: ProvisioningToken;
}

/** The token names a connection, but does not open it. */
export class RefusedTokenError extends UnauthenticatedError {
  constructor(
    { code, message }: UnauthenticatedError,
    readonly key: DirectoryKey,
    readonly tokenId: string,
  ) {
    super(code, message);
  }
}

/** The token is right, but the connection does not accept requests from the address. */
export class RefusedAddressError extends ForbiddenError {
  constructor(
    { code, message }: ForbiddenError,
    readonly key: DirectoryKey,
    readonly tokenId: string,
  ) {
    super(code, message);
  }
}

function addressNotAllowed(ip: string | undefined): ForbiddenError {
  const subject = ip === undefined ? 'An unknown address' : `The address ${ip}`;
  return new ForbiddenError(
    'provisioning_address_not_allowed',
    `${subject} is not among the allowed addresses of the provisioning connection. Add the address, or send requests from an allowed one.`,
  );
}

const ownerCachedMs = 3_600_000;
/** How long a revoked token may still be accepted by a worker that has just used it. */
const connectionCachedMs = 2_000;
const maxCached = 2_000;
const useIntervalMs = 60_000;

export class TokenAuthenticationService {
  /** Never changes, so only memory limits how long it is kept. Unknown tokens are not cached. */
  private readonly owners: TtlCache<DirectoryKey>;
  private readonly connections: TtlCache<Stored<ProvisioningConnection> | undefined>;
  private readonly uses: TtlCache<void>;

  constructor(
    private readonly store: ConnectionStore,
    private readonly peppers: Peppers,
    private readonly now: () => Date,
  ) {
    this.owners = new TtlCache(ownerCachedMs, maxCached, now);
    this.connections = new TtlCache(connectionCachedMs, maxCached, now);
    this.uses = new TtlCache(useIntervalMs, maxCached, now);
  }

  /** `authorization` is the header. Throws UnauthenticatedError, RefusedAddressError. */
  async authenticate(
    authorization: string | null,
    ip: string | undefined,
  ): Promise<AuthenticatedToken> {
    const parsed = parseToken(bearerOf(authorization));
    if (!parsed) throw invalid();
    const owner = await this.ownerOf(parsed.id);
    const name = `${owner.tenantId}|${owner.connectionId}`;
    const connection = await this.connections.getOrLoad(name, () => this.store.get(owner));
    const token = connection?.tokens.find(({ id }) => id === parsed.id);
    if (!connection || !token || isDeleting(connection)) throw invalid();
    const pepper = await this.peppers.get(token.pepperVersion);
    if (pepper === undefined) throw new RefusedTokenError(keyRemoved(), owner, token.id);
    if (!hasDigest(parsed.secret, token.digest, pepper))
      throw new RefusedTokenError(wrongSecret(), owner, token.id);
    const state = tokenStateOf(token, this.now());
    if (state !== 'active') throw new RefusedTokenError(ended(state), owner, token.id);
    const { allowedAddresses } = connection;
    if (allowedAddresses && (ip === undefined || !isInRanges(ip, allowedAddresses)))
      throw new RefusedAddressError(addressNotAllowed(ip), owner, token.id);
    await this.rememberUse(connection, token.id, ip);
    return { connection, token };
  }

  private ownerOf(tokenId: string): Promise<DirectoryKey> {
    return this.owners.getOrLoad(tokenId, async () => {
      const owner = await this.store.getTokenOwner(tokenId);
      if (!owner) throw invalid();
      return owner;
    });
  }

  /** At most once a minute and worker. */
  private rememberUse(
    connection: ProvisioningConnection,
    tokenId: string,
    ip: string | undefined,
  ): Promise<void> {
    const use = { at: this.now().toISOString(), ...(ip !== undefined && { ip }) };
    return this.uses.getOrLoad(tokenId, () =>
      this.store
        .putTokenUse(keyOf(connection), tokenId, use)
        .catch((error: unknown) => logFailure('provisioning_token.use_failed', error, { tokenId })),
    );
  }
}

function bearerOf(authorization: string | null): string {
  const [scheme = '', token = '', ...rest] = (authorization ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' && rest.length === 0 ? token : '';
}

const wrongSecret = () =>
  new UnauthenticatedError(
    'provisioning_token_wrong',
    'The bearer token has a wrong secret. Enter a token of the provisioning connection.',
  );

const keyRemoved = () =>
  new UnauthenticatedError(
    'provisioning_token_key_removed',
    'The key of the token was removed from Key Vault. Enter a new token of the provisioning connection.',
  );

const ended = (state: string) =>
  new UnauthenticatedError(
    'provisioning_token_ended',
    `The token is ${state}. Enter a new token of the provisioning connection.`,
  );

const invalid = () =>
  new UnauthenticatedError(
    'provisioning_token_invalid',
    'The bearer token is missing or not valid. Enter a token of the provisioning connection.',
  );
