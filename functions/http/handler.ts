/**
 * The door of every endpoint, in this order: who is it, may they, how often, what do they say, was it said before.
 * The handler sees none of it. Whatever is thrown becomes a problem.
 */
import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import { AppError, ForbiddenError } from '../errors/app-error';
import type { Lazy } from '../concurrency/lazy';
import type { Caller } from './caller';
import { applyIfNoneMatch, requireIfMatch } from './conditional';
import { instanceUri } from './correlation';
import type { EndpointRequest, Endpoint } from './endpoint';
import { idempotencyKeyOf } from './idempotency-key';
import { httpStatusOf, toProblem } from './problem';
import { assertWithinLimit, rateLimitHeaders, type RateLimitState } from './rate-limit';
import { readBody, readParameters } from './read-request';
import type { HttpServices } from './services';

/** Asked of nobody in particular: what a browser may send without a token. */
const anonymous: Caller = { tenantId: '', objectId: '', displayName: '', roles: [] };

export function createHandler<S extends HttpServices>(
  declared: Endpoint<S>,
  services: Lazy<S>,
): HttpHandler {
  return async (request, context) => {
    const visit = new RequestPipeline(declared, services, request, context);
    try {
      const answer = await visit.respond();
      return visit.withHeaders(declared.ifNoneMatch ? applyIfNoneMatch(request, answer) : answer);
    } catch (error) {
      return visit.withHeaders(visit.problemOf(error));
    }
  };
}

/** One request, from its token to its answer. */
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
    const caller = await this.authorized();
    const params = declared.params && readParameters(declared.params, request.params);
    const call: EndpointRequest<unknown, unknown, unknown> = {
      request,
      context: this.context,
      caller,
      params,
      query: declared.query && readParameters(declared.query, new URL(request.url).searchParams),
      body: declared.body && (await readBody(request, declared.body, declared)),
      version: declared.ifMatch ? requireIfMatch(request) : '',
    };
    if (declared.rateLimit)
      await this.count(declared.rateLimit, caller, String(request.params['connectorId']));
    return declared.idempotent ? this.executeOnce(call) : this.handle(call);
  }

  problemOf(error: unknown): HttpResponseInit {
    this.log(error);
    return toProblem(error, this.instance);
  }

  /** Answers carry a tenant's data: no cache may keep them, no browser may guess at their type. */
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

  private async authorized(): Promise<Caller> {
    const { allow, method } = this.declared;
    if (allow === 'anonymous') return anonymous;
    const caller = await this.services().authenticate(this.request);
    if (!allow.some((role) => caller.roles.includes(role)))
      throw new ForbiddenError('role_missing', `This needs the role ${allow.join(' or ')}.`);
    await this.count(method === 'GET' ? 'reads' : 'writes', caller, caller.objectId);
    return caller;
  }

  private async count(
    name: RateLimitState['name'],
    { tenantId }: Caller,
    subject: string,
  ): Promise<void> {
    const standing = await this.services().rateLimiter.consume(name, tenantId, subject);
    this.rateLimits.push(standing);
    assertWithinLimit(standing);
  }

  private handle(call: EndpointRequest<unknown, unknown, unknown>): Promise<HttpResponseInit> {
    return this.declared.handle(call, this.services());
  }

  private async executeOnce(call: EndpointRequest<unknown, unknown, unknown>): Promise<HttpResponseInit> {
    const { method, route, idempotent = 'optional' } = this.declared;
    const key = idempotencyKeyOf(this.request, idempotent);
    if (key === undefined) return this.handle(call);
    const { tenantId, objectId } = call.caller;
    return this.services().idempotency.execute(
      {
        tenantId,
        operation: [objectId, method, route, call.params, key],
        payload: [call.query, call.body],
      },
      () => this.handle(call).catch((error: unknown) => this.definitiveProblem(error)),
      (error) => this.log(error),
    );
  }

  /** The problem to remember; what may be better the next time is thrown on. */
  private definitiveProblem(error: unknown): HttpResponseInit {
    const status = httpStatusOf(error);
    if (status >= 500 || status === 429) throw error;
    return this.problemOf(error);
  }

  /** A named failure is one line; a bug brings its stack. Neither prints a request. */
  private log(error: unknown): void {
    const { context, instance } = this;
    const status = httpStatusOf(error);
    const known = error instanceof AppError ? error : undefined;
    if (!known) context.error(error);
    else if (status < 500) context.info(JSON.stringify({ status, code: known.code, occurrence: instance }));
    else
      context.warn(JSON.stringify({ status, code: known.code, detail: known.message, occurrence: instance }));
  }
}
