/**
 * Role assignments through Resource Manager (api-version 2022-04-01), with the token of our app in
 * the tenant. Each call is sent once, except after a 401: the outbox of intents is the retry layer,
 * so that a revocation never waits behind the retries of a grant.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type {
  AssignmentInAzure,
  AssignmentRequest,
  CallOptions,
  CreateResult,
  DeleteResult,
  FailedCall,
  RoleAssignments,
} from '../../../access/ports';
import { scopeKey, subscriptionIdOf } from '../../../access/rules/scope';
import { AppError, ThrottledError } from '../../../errors/app-error';
import type { Secret } from '../../../secrets/secret';
import { armPipeline, type ArmPipeline, type RawResponse } from '../arm-pipeline';
import { parseJson } from '../rest';
import { RetryDelay } from '../retry-delay';
import type { Rate } from '../token-bucket';
import {
  azureCodeOf,
  isAbsent,
  isSubscriptionMissing,
  mayHaveLeft,
  nameTaken,
  problemOf,
  roleAssignmentExists,
  tenantOfChallenge,
} from './assignment-problems';
import { WriteBudgets } from './write-budget';

export interface ArmRoleAssignmentOptions {
  readonly url: string;
  readonly tokens: {
    get(resource: 'resource-manager', tenantId: string): Promise<Secret>;
    forget(resource: 'resource-manager', tenantId: string): void;
  };
  readonly rate: Rate;
  /** A test replaces `now` and `wait` together, so that waiting moves the clock. */
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly exchange?: ArmPipeline;
}

const apiVersion = 'api-version=2022-04-01';
const subscriptionVersion = 'api-version=2022-12-01';
/** Longer than Azure takes. Two calls end within the lease of a worker. */
const timeoutMs = 8_000;
const maxPages = 200;

const listedAssignment = z.object({
  name: z.string(),
  properties: z.object({
    scope: z.string(),
    roleDefinitionId: z.string(),
    principalId: z.string(),
    description: z.string().nullish(),
  }),
});
const listBody = z.object({ value: z.array(listedAssignment), nextLink: z.string().nullish() });

interface Call {
  readonly tenantId: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: string;
}

type Sent =
  | { readonly response: RawResponse; readonly correlationId?: string }
  | { readonly failed: FailedCall };

export class ArmRoleAssignments implements RoleAssignments {
  private readonly exchange: ArmPipeline;
  private readonly budgets: WriteBudgets;
  private readonly now: () => number;
  private readonly wait: (ms: number) => Promise<unknown>;
  private readonly delay: RetryDelay;

  constructor(private readonly options: ArmRoleAssignmentOptions) {
    const { url, now = () => Date.now(), wait = sleep, exchange = armPipeline(url) } = options;
    this.exchange = exchange;
    this.budgets = new WriteBudgets(options.rate, now);
    this.now = now;
    this.wait = wait;
    this.delay = new RetryDelay(now, Math.random);
  }

  async create(
    tenantId: string,
    request: AssignmentRequest,
    options: CallOptions,
  ): Promise<CreateResult> {
    const { name, scope, roleId, ...properties } = request;
    const roleDefinitionId = `/subscriptions/${subscriptionIdOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
    const body = JSON.stringify({ properties: { roleDefinitionId, ...properties } });
    const sent = await this.write(
      { tenantId, method: 'PUT', url: this.urlOf(scope, name), body },
      scope,
      options,
    );
    if ('failed' in sent) return sent.failed;
    const { status } = sent.response;
    if (status < 300) return { outcome: 'created', ...correlation(sent) };
    const code = azureCodeOf(parseJson(sent.response.text));
    // Azure gives the second one with 400 or with 409.
    if (code === roleAssignmentExists) return { outcome: 'exists', ...correlation(sent) };
    if (code === nameTaken) return { outcome: 'name_taken', ...correlation(sent) };
    return this.failureOf(sent);
  }

  async delete(
    tenantId: string,
    { scope, name }: Pick<AssignmentRequest, 'scope' | 'name'>,
    options: CallOptions,
  ): Promise<DeleteResult> {
    const call = { tenantId, method: 'DELETE', url: this.urlOf(scope, name) } as const;
    const sent = await this.write(call, scope, options);
    if ('failed' in sent) return sent.failed;
    const { status } = sent.response;
    const code = azureCodeOf(parseJson(sent.response.text));
    const isDone =
      status < 300 ||
      isAbsent(status, code) ||
      (mayHaveLeft(status, code) && (await this.hasLeft(tenantId, scope)));
    return isDone ? { outcome: 'deleted', ...correlation(sent) } : this.failureOf(sent);
  }

  async list(tenantId: string, scope: string, principalId?: string) {
    // atScope() leaves out scopes below; those above are left out here.
    const filter = principalId === undefined ? 'atScope()' : `principalId eq '${principalId}'`;
    const listed = await this.listPages(tenantId, scope, filter);
    if ('outcome' in listed) return listed;
    const assignments = listed.filter((each) => scopeKey(each.scope) === scopeKey(scope));
    return { outcome: 'listed', assignments } as const;
  }

  async count(tenantId: string, subscriptionId: string) {
    const listed = await this.listPages(tenantId, `/subscriptions/${subscriptionId}`);
    if ('outcome' in listed) return listed;
    const within = `/subscriptions/${subscriptionId}`.toLowerCase();
    // Assignments of management groups above do not count.
    const counted = listed.filter(({ scope }) => `${scopeKey(scope)}/`.startsWith(`${within}/`));
    return { outcome: 'counted', count: counted.length } as const;
  }

  private async listPages(
    tenantId: string,
    scope: string,
    filter?: string,
  ): Promise<readonly AssignmentInAzure[] | FailedCall> {
    const query = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`;
    const found: AssignmentInAzure[] = [];
    let url: string | undefined = this.urlOf(scope) + query;
    for (let page = 0; url !== undefined; page++) {
      const sent = await this.send({ tenantId, method: 'GET', url });
      if ('failed' in sent) return sent.failed;
      if (sent.response.status >= 300) return this.failureOf(sent);
      const parsed = listBody.safeParse(parseJson(sent.response.text));
      if (!parsed.success || page === maxPages)
        return { outcome: 'failed', problem: 'unexpected_response' };
      found.push(...parsed.data.value.map(toAssignment));
      // The link after the last page is missing, null or empty.
      const next: string | undefined = parsed.data.nextLink || undefined;
      // The request carries a bearer token, so links to other hosts are not followed.
      if (next !== undefined && !this.isOwnLink(next))
        return { outcome: 'failed', problem: 'unexpected_response' };
      url = next;
    }
    return found;
  }

  private isOwnLink(link: string): boolean {
    return URL.canParse(link) && new URL(link).origin === new URL(this.options.url).origin;
  }

  private urlOf(scope: string, name = ''): string {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments`;
    return `${this.options.url}${path}${name && `/${name}`}?${apiVersion}`;
  }

  /** Takes a token of the budget of the subscription first. */
  private async write(
    call: Call,
    scope: string,
    { maxWaitMs, urgent }: CallOptions,
  ): Promise<Sent> {
    const budget = `${call.tenantId}|${subscriptionIdOf(scope)}`;
    const deadline = this.now() + maxWaitMs;
    for (;;) {
      const waitMs = this.budgets.take(budget, urgent);
      if (waitMs === 0) break;
      if (this.now() + waitMs > deadline)
        return { failed: { outcome: 'failed', problem: 'throttled', retryAfterMs: waitMs } };
      await this.wait(waitMs);
    }
    const sent = await this.send(call);
    const throttled =
      'response' in sent && sent.response.status === 429
        ? this.delay.after(sent.response.header('retry-after'), 1)
        : undefined;
    this.budgets.complete(budget, throttled);
    return sent;
  }

  /**
   * Whether a refusal is confirmed: the subscription does not exist, or belongs to another tenant,
   * which deletes its role assignments (learn.microsoft.com/azure/role-based-access-control/transfer-subscription).
   * Asked without a token, because Resource Manager answers then for every existing subscription 401
   * with its tenant, also if our app may not see it.
   */
  private async hasLeft(tenantId: string, scope: string): Promise<boolean> {
    const url = `${this.options.url}/subscriptions/${subscriptionIdOf(scope)}?${subscriptionVersion}`;
    try {
      const { status, text, header } = await this.exchange({ method: 'GET', url, timeoutMs });
      const owner = status === 401 ? tenantOfChallenge(header('www-authenticate')) : undefined;
      if (owner !== undefined) return owner !== tenantId.toLowerCase();
      return isSubscriptionMissing(status, azureCodeOf(parseJson(text)));
    } catch {
      return false;
    }
  }

  private async send(call: Call): Promise<Sent> {
    const { tenantId, ...request } = call;
    for (let attempt = 1; ; attempt++) {
      let token: Secret;
      try {
        token = await this.options.tokens.get('resource-manager', tenantId);
      } catch (error) {
        return { failed: signInFailure(error) };
      }
      try {
        const response = await this.exchange({ ...request, token: token.reveal(), timeoutMs });
        // A token from before a role assignment or a rotation may be refused.
        if (response.status === 401 && attempt === 1) {
          this.options.tokens.forget('resource-manager', tenantId);
          continue;
        }
        return { response, ...correlationIn(response) };
      } catch {
        // The error may quote the request with its token.
        return { failed: { outcome: 'failed', problem: 'unavailable' } };
      }
    }
  }

  private failureOf(sent: Extract<Sent, { readonly response: RawResponse }>): FailedCall {
    const { status, header, text } = sent.response;
    const code = azureCodeOf(parseJson(text));
    const retryAfter = header('retry-after');
    return {
      outcome: 'failed',
      problem: problemOf(status, code),
      ...(code !== undefined && { azureCode: code }),
      ...correlation(sent),
      ...(retryAfter !== undefined && { retryAfterMs: this.delay.after(retryAfter, 1) }),
    };
  }
}

const correlation = ({ correlationId }: { readonly correlationId?: string }) =>
  correlationId === undefined ? {} : { correlationId };

function correlationIn({ header }: RawResponse) {
  const correlationId = header('x-ms-correlation-request-id');
  return correlationId === undefined ? {} : { correlationId };
}

function signInFailure(error: unknown): FailedCall {
  const code = error instanceof AppError ? error.code : undefined;
  return {
    outcome: 'failed',
    problem: error instanceof AppError && error.retryable ? 'unavailable' : 'sign_in_failed',
    ...(code !== undefined && { azureCode: code }),
    ...(error instanceof ThrottledError && { retryAfterMs: error.retryAfterSeconds * 1_000 }),
  };
}

const toAssignment = ({
  name,
  properties: { scope, roleDefinitionId, principalId, description },
}: z.infer<typeof listedAssignment>): AssignmentInAzure => ({
  name: name.toLowerCase(),
  scope,
  roleId: roleDefinitionId.split('/').at(-1)!.toLowerCase(),
  principalId: principalId.toLowerCase(),
  ...(typeof description === 'string' && { description }),
});
