/**
 * AccessTokens with a short cache, for work that needs a token with every page. The connector's row
 * is read at most once a second. A disconnected connector is refused a second later.
 */
import { TtlCache } from '../concurrency/ttl-cache';
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { ConnectorAccessTokens } from './ports';

const ttlMs = 1_000;
const maxConnectors = 1_000;

export class CachedAccessTokens implements ConnectorAccessTokens {
  private readonly cache: TtlCache<string>;

  constructor(
    private readonly accessTokens: ConnectorAccessTokens,
    now: () => Date,
  ) {
    this.cache = new TtlCache(ttlMs, maxConnectors, now);
  }

  forResourceManager(
    connector: ConnectorKey,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const key = cacheKeyOf(connector);
    if (fresh) this.cache.delete(key);
    return this.cache.getOrLoad(key, () =>
      this.accessTokens.forResourceManager(connector, { fresh }),
    );
  }

  forConnector(
    connector: Stored<Connector>,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const key = cacheKeyOf(connectorKeyOf(connector));
    if (fresh) this.cache.delete(key);
    return this.cache.getOrLoad(key, () => this.accessTokens.forConnector(connector, { fresh }));
  }

  recordRejection(connector: ConnectorKey): Promise<void> {
    this.cache.delete(cacheKeyOf(connector));
    return this.accessTokens.recordRejection(connector);
  }
}

const cacheKeyOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}`;
