/**
 * Client of Azure Resource Manager that returns raw JSON. This is the only retry layer of its
 * calls. A request is sent only when its rate budget allows it, and a wait that is too long for a
 * step is thrown as ThrottledError.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { KeyedPool } from '../../concurrency/keyed-pool';
import type { AccessTokens } from '../../credentials/ports';
import type { Json } from '../../data-factory/json';
import { AppError, ThrottledError, UpstreamError } from '../../errors/app-error';
import type { ConnectorKey } from '../../storage/connector-key';
import { errorCodeOf, throttled, toArmError, unavailable } from './arm-errors';
import { armPipeline, type ArmPipeline } from './arm-pipeline';
import { RateBudgets, type BudgetResponse } from './rate-budgets';
import { targetOf } from './request-target';
import { parseJson } from './rest';
import { RetryDelay } from './retry-delay';

const maxAttempts = 6;
/** A durable timer takes longer waits, because a sleeping function costs money. */
const maxWaitMs = 20_000;
/**
 * Shortest deferral of a request without budget. Run history is deferred longer, so that lists go
 * first.
 */
const minRetryMs = { list: 5_000, history: 60_000 };
const maxConcurrentPerConnector = 8;
const retryableStatuses = new Set([408, 429, 500, 502, 503, 504]);

export interface ResourceManagerOptions {
  readonly url: string;
  readonly tokens: AccessTokens;
  /** A test replaces `now` and `wait` together, so that waiting moves the clock. */
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
}

interface ArmCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body?: Json;
  readonly onRetry?: () => void;
}

interface ArmResponse {
  readonly status: number;
  readonly body: Json;
  /** Wait before the next attempt. Absent if the status is final. */
  readonly waitMs?: number;
}

/** The request was not sent, because its budget is used up for this time. */
interface Deferred {
  readonly deferMs: number;
}

interface Attempt {
  readonly attempt: number;
  /** Requests a token that is not from a cache. */
  readonly fresh: boolean;
  /** Time that the call may still wait for budget. Shared by its attempts. */
  readonly waitBudget: { remainingMs: number };
}

export class ResourceManager {
  private readonly inFlight = new KeyedPool<ConcurrencyLimiter>((limiter) => limiter.isIdle);
  private readonly budgets: RateBudgets;
  private readonly wait: (ms: number) => Promise<unknown>;
  private readonly delay: RetryDelay;
  private readonly exchange: ArmPipeline;

  constructor(private readonly options: ResourceManagerOptions) {
    const { url, now = () => Date.now(), wait = sleep, random = Math.random } = options;
    this.exchange = armPipeline(url);
    this.budgets = new RateBudgets(now);
    this.delay = new RetryDelay(now, random);
    this.wait = wait;
  }

  /** `link` is a path or the nextLink of a list. Throws the errors that FactoryReader documents. */
  get(connector: ConnectorKey, link: string): Promise<Json> {
    return this.send(connector, { method: 'GET', url: this.resolve(link) });
  }

  /** Calls `onRetry` after each response that makes the call wait. */
  post(
    connector: ConnectorKey,
    path: string,
    body: Json,
    onRetry: () => void = () => undefined,
  ): Promise<Json> {
    return this.send(connector, { method: 'POST', url: this.resolve(path), body, onRetry });
  }

  /** Refuses links to other hosts, because the request carries a bearer token. */
  private resolve(link: string): URL {
    const base = new URL(this.options.url);
    const url = URL.canParse(link, base.href) ? new URL(link, base) : undefined;
    if (url?.origin !== base.origin)
      throw new UpstreamError(
        'cross_origin_link',
        'A list of Azure links to another host, so the link was not followed. Report this error to the operator.',
        false,
      );
    return url;
  }

  private async send(connector: ConnectorKey, call: ArmCall): Promise<Json> {
    const waitBudget = { remainingMs: maxWaitMs };
    let fresh = false;
    for (let attempt = 1; ; attempt++) {
      const result = await this.sendWithinBudget(connector, call, { attempt, fresh, waitBudget });
      if (!(result instanceof Error)) {
        if (result.status < 300) return result.body;
        if (result.status === 401 && !fresh) {
          fresh = true;
          continue;
        }
        if (result.status === 401)
          throw toArmError(call, result, await this.options.tokens.confirmRejection(connector));
      }
      const waitMs = this.waitMsBefore(result, attempt);
      if (waitMs === undefined) throw result instanceof Error ? result : toArmError(call, result);
      call.onRetry?.();
      if (waitMs > maxWaitMs || attempt >= maxAttempts) throw exhausted(call, result, waitMs);
      // After a 429 the token bucket is paused, so the next attempt waits for its budget.
      if (!isThrottled(result)) await this.wait(waitMs);
    }
  }

  /** Sends one attempt as soon as the rate budget allows it. */
  private async sendWithinBudget(connector: ConnectorKey, call: ArmCall, attempt: Attempt) {
    for (;;) {
      const result = await this.sendOnce(connector, call, attempt);
      if (!('deferMs' in result)) return result;
      const { deferMs } = result;
      attempt.waitBudget.remainingMs -= deferMs;
      if (attempt.waitBudget.remainingMs < 0) throw throttled(call, deferralMs(call, deferMs));
      await this.wait(deferMs);
    }
  }

  /** Returns failures that another attempt may fix, so that one place decides about retries. */
  private sendOnce(
    connector: ConnectorKey,
    { method, url, body }: ArmCall,
    { attempt, fresh }: Attempt,
  ): Promise<ArmResponse | Error | Deferred> {
    const owner = `${connector.tenantId}/${connector.connectorId}`;
    const limiter = this.inFlight.getOrCreate(
      owner,
      () => new ConcurrencyLimiter(maxConcurrentPerConnector),
    );
    return limiter.run(async () => {
      // Taken inside the limiter, because the bucket may have been paused while the request was
      // queued.
      const permit = this.budgets.take({ owner, method, url });
      if (typeof permit === 'number') return { deferMs: permit };
      let budgetResponse: BudgetResponse | undefined;
      try {
        const token = await this.options.tokens.forResourceManager(connector, { fresh });
        const { status, text, header } = await this.exchange({
          method,
          url: url.href,
          token,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        budgetResponse = { header };
        if (status < 300) return { status, body: JSON.parse(text) as Json };
        const response = { status, body: (parseJson(text) ?? null) as Json };
        if (!retryableStatuses.has(status)) return response;
        const waitMs = this.delay.after(header('retry-after'), attempt);
        if (status === 429)
          budgetResponse = { header, throttled: { code: errorCodeOf(response.body), waitMs } };
        return { ...response, waitMs };
      } catch (error) {
        // An AppError knows whether it is retryable. Any other error is a broken or late response.
        if (error instanceof AppError) return error;
        return new UpstreamError(
          'azure_no_response',
          'Azure sent no complete response. Repeat the request later.',
          true,
          error,
        );
      } finally {
        permit(budgetResponse);
      }
    }, priorityOf(url));
  }

  /** Undefined if another attempt cannot help. */
  private waitMsBefore(result: ArmResponse | Error, attempt: number): number | undefined {
    if (!(result instanceof Error)) return result.waitMs;
    if (result instanceof ThrottledError)
      return this.delay.atLeast(result.retryAfterSeconds * 1_000);
    return result instanceof AppError && result.retryable ? this.delay.backoff(attempt) : undefined;
  }
}

const deferralMs = ({ url }: ArmCall, waitMs: number) =>
  Math.max(waitMs, targetOf(url).lowPriority ? minRetryMs.history : minRetryMs.list);

/** The pages of a list follow one another, so the longest list decides when all are read. */
const priorityOf = ({ search }: URL) => ({ isUrgent: /[?&](?:\$|%24)?skiptoken=/i.test(search) });

const isThrottled = (result: ArmResponse | Error) => 'status' in result && result.status === 429;

/** The error after the last attempt, or before a wait that is too long. */
function exhausted(call: ArmCall, result: ArmResponse | Error, waitMs: number): Error {
  // Azure throttled the last attempt, too. A caller that returned early would be throttled again.
  if (isThrottled(result)) return throttled(call, Math.max(waitMs, maxWaitMs));
  if (result instanceof ThrottledError || waitMs > maxWaitMs) return throttled(call, waitMs);
  return result instanceof Error ? result : unavailable(call, result.status, maxAttempts);
}
