/**
 * Looks principals up in Microsoft Graph, with the application permissions User.Read.All and
 * GroupMember.Read.All of our app in the tenant. Values are parts of OData filters, so quotes in them
 * are doubled; exactly one hit counts.
 */
import { z } from 'zod';
import type { PrincipalDirectory, PrincipalMatch } from '../../../access/ports';
import { AppError, ThrottledError } from '../../../errors/app-error';
import type { Secret } from '../../../secrets/secret';
import { getJson, retryAfterSecondsOf } from '../../resource-manager/rest';

export interface GraphOptions {
  readonly url: string;
  readonly tokens: { get(resource: 'graph', tenantId: string): Promise<Secret> };
}

const found = z.object({ value: z.array(z.object({ id: z.guid() })) });

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
    const response = await getJson(`${this.options.url}/v1.0/${kind}?${query}`, token);
    if (!response || response.status === 429 || response.status >= 500) {
      const seconds = response && retryAfterSecondsOf(response);
      return {
        outcome: 'unavailable',
        ...(seconds !== undefined && { retryAfterMs: seconds * 1_000 }),
      };
    }
    if (response.status === 401 || response.status === 403) return { outcome: 'not_permitted' };
    const parsed = found.safeParse(response.body);
    // Graph answers 400 to a value that cannot be a name of the kind.
    if (response.status !== 200 || !parsed.success) return { outcome: 'missing' };
    const [first, second] = parsed.data.value;
    if (!first) return { outcome: 'missing' };
    if (second) return { outcome: 'ambiguous' };
    return { outcome: 'found', objectId: first.id.toLowerCase() };
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
