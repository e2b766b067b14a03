/**
 * Looks principals up in Microsoft Graph, with the application permissions User.Read.All and
 * GroupMember.Read.All of our app in the tenant. Values are parts of OData filters, so quotes in them
 * are doubled; exactly one hit counts.
 */
import { z } from 'zod';
import type { PrincipalDirectory, PrincipalMatch } from '../../../access/ports';
import { AppError, ThrottledError } from '../../../errors/app-error';
import type { Secret } from '../../../secrets/secret';
import { getJson, retryAfterSecondsOf, type RestResponse } from '../../resource-manager/rest';

export interface GraphOptions {
  readonly url: string;
  readonly tokens: { get(resource: 'graph', tenantId: string): Promise<Secret> };
  /** Sends a request. Replaced by tests. */
  readonly get?: typeof getJson;
}

const pageBody = z.object({
  value: z.array(z.object({ id: z.guid() })),
  '@odata.nextLink': z.string().nullish(),
});
const refusedValue = z.object({ error: z.object({ code: z.string() }) });
/** A page may be empty and have a next one. */
const maxPages = 10;

export class GraphPrincipalDirectory implements PrincipalDirectory {
  constructor(private readonly options: GraphOptions) {}

  findUserByName(tenantId: string, userName: string): Promise<PrincipalMatch> {
    return this.find(tenantId, 'users', `userPrincipalName eq ${quoted(userName)}`);
  }

  findUserByEmail(tenantId: string, email: string): Promise<PrincipalMatch> {
    const value = quoted(email);
    return this.find(tenantId, 'users', `mail eq ${value} or otherMails/any(m:m eq ${value})`);
  }

  findGroupByName(tenantId: string, displayName: string): Promise<PrincipalMatch> {
    return this.find(tenantId, 'groups', `displayName eq ${quoted(displayName)}`);
  }

  private async find(
    tenantId: string,
    kind: 'users' | 'groups',
    filter: string,
  ): Promise<PrincipalMatch> {
    let token: Secret;
    try {
      token = await this.options.tokens.get('graph', tenantId);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error instanceof ThrottledError)
        return { outcome: 'unavailable', retryAfterMs: error.retryAfterSeconds * 1_000 };
      return { outcome: error.retryable ? 'unavailable' : 'not_permitted' };
    }
    // Two are enough to see that the value is not unique.
    const query = `$filter=${encodeURIComponent(filter)}&$select=id&$top=2`;
    return this.matchOf(`${this.options.url}/v1.0/${kind}?${query}`, token);
  }

  /** Reads pages to the last one, or until two objects match. */
  private async matchOf(first: string, token: Secret): Promise<PrincipalMatch> {
    const { url: base, get = getJson } = this.options;
    const found = new Set<string>();
    let url = first;
    for (let page = 1; page <= maxPages; page++) {
      const response = await get(url, token);
      const parsed = response?.status === 200 ? pageBody.safeParse(response.body) : undefined;
      if (!parsed?.success) return failureOf(response);
      for (const { id } of parsed.data.value) found.add(id.toLowerCase());
      if (found.size > 1) return { outcome: 'ambiguous' };
      const next = parsed.data['@odata.nextLink'];
      if (!next) {
        const [objectId] = found;
        return objectId === undefined ? { outcome: 'missing' } : { outcome: 'found', objectId };
      }
      // The request carries a token, so links to other hosts are not followed.
      if (!URL.canParse(next) || new URL(next).origin !== new URL(base).origin) break;
      url = next;
    }
    return { outcome: 'unavailable' };
  }
}

/** An answer that Graph does not give, such as the page of a proxy, says nothing about the principal. */
function failureOf(response: RestResponse | undefined): PrincipalMatch {
  if (response?.status === 401 || response?.status === 403) return { outcome: 'not_permitted' };
  // Graph answers 400 to a value that cannot be a name of the kind.
  if (response?.status === 400 && refusedValue.safeParse(response.body).success)
    return { outcome: 'missing' };
  const seconds = response && retryAfterSecondsOf(response);
  return {
    outcome: 'unavailable',
    ...(seconds !== undefined && { retryAfterMs: seconds * 1_000 }),
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
