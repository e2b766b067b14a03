/**
 * AccessTokens with a short cache, for work that needs a token with every page. The connector's row
 * is read at most every two seconds. A disconnected connector is refused two seconds later.
 */
import { TtlCache } from '../concurrency/ttl-cache';
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { ConnectorAccessTokens, SignInRecorder, TokenOptions } from './ports';

const ttlMs = 2_000;
const maxConnectors = 1_000;

export class CachedAccessTokens implements ConnectorAccessTokens {
  private readonly cache: TtlCache<string>;

  constructor(
    private readonly accessTokens: ConnectorAccessTokens,
    now: () => Date,
  ) {
    this.cache = new TtlCache(ttlMs, maxConnectors, now);
  }

  forResourceManager(connector: ConnectorKey, options: TokenOptions = {}): Promise<string> {
    return this.load(connector, options, () =>
      this.accessTokens.forResourceManager(connector, options),
    );
  }

  forConnector(connector: Stored<Connector>, options: TokenOptions = {}): Promise<string> {
    return this.load(connectorKeyOf(connector), options, () =>
      this.accessTokens.forConnector(connector, options),
    );
  }

  confirmRejection(connector: ConnectorKey, recorder?: SignInRecorder): Promise<boolean> {
    this.cache.delete(cacheKeyOf(connector));
    return this.accessTokens.confirmRejection(connector, recorder);
  }

  private load(
    connector: ConnectorKey,
    { fresh = false, probe = false }: TokenOptions,
    load: () => Promise<string>,
  ): Promise<string> {
    const key = cacheKeyOf(connector);
    if (fresh || probe) this.cache.delete(key);
    return this.cache.getOrLoad(key, load);
  }
}

const cacheKeyOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}`;
