/**
 * Azure Resource Manager as raw JSON. Retries happen here and nowhere else; nobody is sent into a refusal that can be
 * foreseen; long waits are handed back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../data-factory/json';
import type { ConnectorKey } from '../../storage/connector-key';
import type { AccessTokens } from '../../credentials/ports';
import { AppError, ThrottledError, UpstreamError } from '../../errors/app-error';
import { armPipeline, type ArmPipeline } from './arm-pipeline';
import { RateBudgets, type BudgetResponse } from './rate-budgets';
import { KeyedPool } from '../../concurrency/keyed-pool';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { targetOf } from './request-target';
import { RetryDelay } from './retry-delay';
import { errorCodeOf, toArmError, throttled, unavailable } from './arm-errors';

const maxAttempts = 6;
/** Longer waits are left to a durable timer: nobody pays for a function that sleeps. */
const maxWaitMs = 20_000;
/** Whoever found no budget while others used it up comes back no sooner; run history lets lists go before it. */
const minRetryMs = { list: 5_000, history: 60_000 };
const maxConcurrentPerConnector = 8;
const retryableStatuses = new Set([408, 429, 500, 502, 503, 504]);

export interface ResourceManagerOptions {
  readonly url: string;
  readonly tokens: AccessTokens;
  /** Both together, so that a test's time passes while it waits. */
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
  /** When another try may help. */
  readonly waitMs?: number;
}
/** Nothing was sent: there is no budget before that time has passed. */
interface Deferred {
  readonly deferMs: number;
}
interface Attempt {
  readonly attempt: number;
  readonly fresh: boolean;
  /** What is left of the time that may be sat out for want of budget. */
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

  /** A path, or a link that a list gave. Throws what FactoryReader promises. */
  get(connector: ConnectorKey, link: string): Promise<Json> {
    return this.send(connector, { method: 'GET', url: this.resolve(link) });
  }

  /** `trouble` is told of every answer that makes it wait, also of those that another try mends. */
  post(
    connector: ConnectorKey,
    path: string,
    body: Json,
    trouble: () => void = () => undefined,
  ): Promise<Json> {
    return this.send(connector, { method: 'POST', url: this.resolve(path), body, onRetry: trouble });
  }

  /** A bearer token follows a link only where it belongs. */
  private resolve(link: string): URL {
    const base = new URL(this.options.url);
    const url = URL.canParse(link, base.href) ? new URL(link, base) : undefined;
    if (url?.origin !== base.origin)
      throw new UpstreamError(
        'cross_origin_link',
        'A list of Azure leads to another host and was not followed.',
        false,
      );
    return url;
  }

  private async send(connector: ConnectorKey, request: ArmCall): Promise<Json> {
    const waitBudget = { remainingMs: maxWaitMs };
    let fresh = false;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.sendWithinBudget(connector, request, { attempt, fresh, waitBudget });
      if (!(answer instanceof Error) && answer.status < 300) return answer.body;
      if (!(answer instanceof Error) && answer.status === 401 && !fresh) {
        fresh = true;
        continue;
      }
      if (!(answer instanceof Error) && answer.status === 401)
        await this.options.tokens.recordRejection(connector);
      const wait = this.waitInMs(answer, attempt);
      if (wait === undefined)
        throw answer instanceof Error ? answer : toArmError(request, answer.status, answer.body);
      request.onRetry?.();
      if (wait > maxWaitMs || attempt >= maxAttempts) throw exhausted(request, answer, wait);
      // A bucket that has refused rests, and tells everybody who asks for how long.
      if (!isThrottled(answer)) await this.wait(wait);
    }
  }

  /** One try, as soon as there is budget for it. */
  private async sendWithinBudget(connector: ConnectorKey, request: ArmCall, one: Attempt) {
    for (;;) {
      const answer = await this.sendOnce(connector, request, one);
      if (!('deferMs' in answer)) return answer;
      const { deferMs } = answer;
      one.waitBudget.remainingMs -= deferMs;
      if (one.waitBudget.remainingMs < 0) throw throttled(request, deferralOf(request, deferMs));
      await this.wait(deferMs);
    }
  }

  /** What another try may mend comes back as an error or a status, so that one place decides. */
  private sendOnce(
    connector: ConnectorKey,
    { method, url, body }: ArmCall,
    { attempt, fresh }: Attempt,
  ): Promise<ArmResponse | Error | Deferred> {
    const { tenantId, connectorId } = connector;
    const owner = `${tenantId}/${connectorId}`;
    const limiter = this.inFlight.getOrCreate(
      owner,
      () => new ConcurrencyLimiter(maxConcurrentPerConnector),
    );
    return limiter.run(async () => {
      // Asked for here, where the request is next in line: a rest may have begun while it stood there.
      const permit = this.budgets.take({ owner, method, url });
      if (typeof permit === 'number') return { deferMs: permit };
      let told: BudgetResponse | undefined;
      try {
        const token = await this.options.tokens.forResourceManager(connector, { fresh });
        const { status, text, header } = await this.exchange({
          method,
          url: url.href,
          token,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        told = { header };
        if (status < 300) return { status, body: JSON.parse(text) as Json };
        const answer = { status, body: parsed(text) };
        if (!retryableStatuses.has(status)) return answer;
        const waitMs = this.delay.after(header('retry-after'), attempt);
        if (status === 429)
          told = { header, throttled: { code: errorCodeOf(answer.body), waitMs } };
        return { ...answer, waitInMs: waitMs };
      } catch (error) {
        // Our own failures say themselves whether to try again; all others are a broken or late answer.
        if (error instanceof AppError) return error;
        return new UpstreamError(
          'azure_no_response',
          'Azure did not answer completely.',
          true,
          error,
        );
      } finally {
        permit(told);
      }
    });
  }
  /** Undefined when no other try can help. */
  private waitInMs(answer: ArmResponse | Error, attempt: number): number | undefined {
    if (!(answer instanceof Error)) return answer.waitMs;
    if (answer instanceof ThrottledError)
      return this.delay.atLeast(answer.retryAfterSeconds * 1_000);
    return answer instanceof AppError && answer.retryable ? this.delay.backoff(attempt) : undefined;
  }
}

const deferralOf = ({ url }: ArmCall, waitInMs: number) =>
  Math.max(waitInMs, targetOf(url).lowPriority ? minRetryMs.history : minRetryMs.list);

const isThrottled = (answer: ArmResponse | Error) => 'status' in answer && answer.status === 429;

/** Waiting is over here; whoever asked may come back later if Azure is only busy. */
function exhausted(request: ArmCall, answer: ArmResponse | Error, waitInMs: number): Error {
  // Refused to the last try: whoever comes back too soon would only be counted against.
  if (isThrottled(answer)) return throttled(request, Math.max(waitInMs, maxWaitMs));
  if (answer instanceof ThrottledError || waitInMs > maxWaitMs)
    return throttled(request, waitInMs);
  return answer instanceof Error ? answer : unavailable(request, answer.status, maxAttempts);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null; // an error page of a proxy: its status says enough
  }
}
