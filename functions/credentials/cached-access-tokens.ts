/**
 * Tokens for work that asks for one with every page. Each asking looks at the connector's row; here it is looked at once
 * a second at most, and a page does not wait for it. A connector that is disconnected is refused a second later.
 */
import { TtlCache } from '../concurrency/ttl-cache';
import type { AccessTokens } from '../connectors/ports';

const ttlMs = 1_000;
const mostConnectors = 1_000;

export class CachedAccessTokens implements AccessTokens {
  private readonly recent: TtlCache<string>;

  constructor(
    private readonly tokens: AccessTokens,
    now: () => Date,
  ) {
    this.recent = new TtlCache(ttlMs, mostConnectors, now);
  }

  forResourceManager(
    tenantId: string,
    connectorId: string,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const key = keyOf(tenantId, connectorId);
    if (fresh) this.recent.forget(key);
    return this.recent.share(key, () =>
      this.tokens.forResourceManager(tenantId, connectorId, { fresh }),
    );
  }

  noteRejection(tenantId: string, connectorId: string): Promise<void> {
    this.recent.forget(keyOf(tenantId, connectorId));
    return this.tokens.noteRejection(tenantId, connectorId);
  }
}

const keyOf = (tenantId: string, connectorId: string) => `${tenantId}/${connectorId}`;
