/**
 * Request pipeline of every endpoint: authenticate, check the role, count against the rate limits,
 * parse, execute once. Handlers see only requests that passed. Every error becomes a problem (RFC
 * 9457).
 */
import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { AppError, ForbiddenError } from '../errors/app-error';
import { anonymous, type Caller } from './caller';
import { applyIfNoneMatch, requireIfMatch } from './conditional';
import { instanceUri } from './correlation';
import type { Endpoint, EndpointRequest } from './endpoint';
import { idempotencyKeyOf } from './idempotency-key';
import { httpStatusOf, toProblem } from './problem';
import { assertWithinLimit, rateLimitHeaders, type RateLimitState } from './rate-limit';
import type { RateLimitName } from './rate-limits';
import { readBody, readParameters } from './read-request';
import type { HttpServices } from './services';

export function createHandler<S extends HttpServices>(
  declared: Endpoint<S>,
  services: Lazy<S>,
): HttpHandler {
  return async (request, context) => {
    const pipeline = new RequestPipeline(declared, services, request, context);
    try {
      const response = await pipeline.respond();
      return pipeline.withHeaders(
        declared.ifNoneMatch ? applyIfNoneMatch(request, response) : response,
      );
    } catch (error) {
      return pipeline.withHeaders(pipeline.problemOf(error));
    }
  };
}

type ParsedRequest = EndpointRequest<unknown, unknown, unknown>;

class RequestPipeline<S extends HttpServices> {
  private readonly instance: string;
  private readonly rateLimits: RateLimitState[] = [];

  constructor(
    private readonly declared: Endpoint<S>,
    private readonly services: Lazy<S>,
    private readonly request: HttpRequest,
    private readonly context: InvocationContext,
  ) {
    this.instance = instanceUri(request, context.invocationId);
  }

  async respond(): Promise<HttpResponseInit> {
    const { declared, request } = this;
    const caller = await this.authorize();
    const params = declared.params && readParameters(declared.params, request.params);
    const parsed: ParsedRequest = {
      request,
      context: this.context,
      caller,
      params,
      query: declared.query && readParameters(declared.query, new URL(request.url).searchParams),
      body: declared.body && (await readBody(request, declared.body, declared)),
      version: declared.ifMatch ? requireIfMatch(request) : '',
    };
    if (declared.rateLimit)
      await this.consume(declared.rateLimit, caller, String(request.params['connectorId']));
    return declared.idempotent ? this.executeOnce(parsed) : this.handle(parsed);
  }

  problemOf(error: unknown): HttpResponseInit {
    this.log(error);
    return toProblem(error, this.instance);
  }

  /**
   * Responses carry data of a tenant: caches must not store them and browsers must not guess their
   * type.
   */
  withHeaders(response: HttpResponseInit): HttpResponseInit {
    return {
      ...response,
      headers: {
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'X-Request-Id': this.context.invocationId,
        ...rateLimitHeaders(this.rateLimits),
        ...(response.headers as Record<string, string>),
      },
    };
  }

  private async authorize(): Promise<Caller> {
    const { allow, method } = this.declared;
    if (allow === 'anonymous') return anonymous;
    const caller = await this.services().authenticate(this.request);
    if (!allow.some((role) => caller.roles.includes(role)))
      throw new ForbiddenError(
        'role_missing',
        `This operation requires the role ${allow.join(' or ')}. Ask an administrator to assign it.`,
      );
    await this.consume(method === 'GET' ? 'reads' : 'writes', caller, caller.objectId);
    return caller;
  }

  private async consume(name: RateLimitName, { tenantId }: Caller, subject: string): Promise<void> {
    const state = await this.services().rateLimiter.consume(name, tenantId, subject);
    this.rateLimits.push(state);
    assertWithinLimit(state);
  }

  private handle(parsed: ParsedRequest): Promise<HttpResponseInit> {
    return this.declared.handle(parsed, this.services());
  }

  private async executeOnce(parsed: ParsedRequest): Promise<HttpResponseInit> {
    const { method, route, idempotent = 'optional' } = this.declared;
    const key = idempotencyKeyOf(this.request, idempotent);
    if (key === undefined) return this.handle(parsed);
    const { tenantId, objectId } = parsed.caller;
    return this.services().idempotency.execute(
      {
        tenantId,
        operation: [objectId, method, route, parsed.params, key],
        payload: [parsed.query, parsed.body],
      },
      () => this.handle(parsed).catch((error: unknown) => this.definitiveProblem(error)),
      (error) => this.log(error),
    );
  }

  /** The problem to store. Rethrows errors that a repetition of the request may not meet. */
  private definitiveProblem(error: unknown): HttpResponseInit {
    const status = httpStatusOf(error);
    if (status >= 500 || status === 429) throw error;
    return this.problemOf(error);
  }

  /**
   * An AppError is one line of JSON; any other error is a bug and is logged with its stack.
   * Requests are never logged.
   */
  private log(error: unknown): void {
    const { context, instance } = this;
    const status = httpStatusOf(error);
    const known = error instanceof AppError ? error : undefined;
    if (!known) context.error(error);
    else if (status < 500) context.info(JSON.stringify({ status, code: known.code, instance }));
    else
      context.warn(JSON.stringify({ status, code: known.code, detail: known.message, instance }));
  }
}
