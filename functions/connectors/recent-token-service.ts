/**
 * Tokens for work that asks for one with every page. Each asking looks at the connector's row; here it is looked at once
 * a second at most, and a page does not wait for it. A connector that is disconnected is refused a second later.
 */
import type { AccessTokens } from './ports';

const goodForInMs = 1_000;
const mostConnectors = 1_000;

interface Recent {
  readonly at: number;
  readonly token: Promise<string>;
}

export class RecentTokenService implements AccessTokens {
  private readonly kept = new Map<string, Recent>();

  constructor(
    private readonly tokens: AccessTokens,
    private readonly now: () => Date,
  ) {}

  forResourceManager(
    tenantId: string,
    connectorId: string,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const key = `${tenantId}/${connectorId}`;
    const at = this.now().getTime();
    const recent = this.kept.get(key);
    // A clock that was set back must not keep an old token alive.
    if (!fresh && recent && Math.abs(at - recent.at) < goodForInMs) return recent.token;
    const token = this.tokens.forResourceManager(tenantId, connectorId, { fresh });
    this.keep(key, { at, token });
    return token;
  }

  noteRejection(tenantId: string, connectorId: string): Promise<void> {
    this.kept.delete(`${tenantId}/${connectorId}`);
    return this.tokens.noteRejection(tenantId, connectorId);
  }

  private keep(key: string, recent: Recent): void {
    this.kept.delete(key);
    this.kept.set(key, recent);
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostConnectors && oldest !== undefined) this.kept.delete(oldest);
    // Whoever asked is told of a failure; the next one asks anew.
    recent.token.catch(() => {
      if (this.kept.get(key) === recent) this.kept.delete(key);
    });
  }
}
