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
import { withRequestOrigin } from '../telemetry/request-origin';
import { inRequestSpan } from '../telemetry/request-span';
import { anonymous, assertRole, type Caller } from './caller';
import { clientAddressOf } from './client-address';
import { applyIfNoneMatch, requireIfMatch } from './conditional';
import type { Endpoint, EndpointRequest } from './endpoint';
import { idempotencyKeyOf } from './idempotency-key';
import { httpStatusOf } from './problem';
import { assertWithinLimit, type RateLimitState } from './rate-limit';
import { endpointLimits, type EndpointLimit, type RateLimitName } from './rate-limits';
import { readBody, readParameters } from './read-request';
import { Responder } from './responder';
import type { HttpServices } from './services';

export function createHandler<S extends HttpServices>(
  declared: Endpoint<S>,
  services: Lazy<S>,
): HttpHandler {
  return async (request, context) => {
    const responder = new Responder(request, context);
    const pipeline = new RequestPipeline(declared, services, request, context, responder);
    const respond = async () => {
      try {
        const response = await pipeline.respond();
        return await responder.complete(
          declared.ifNoneMatch ? applyIfNoneMatch(request, response) : response,
          pipeline.rateLimits,
        );
      } catch (error) {
        const problem = nameMetadata(responder.problemOf(error), declared, services);
        return responder.complete(problem, pipeline.rateLimits);
      }
    };
    const ip = clientAddressOf(request.headers.get('x-forwarded-for'));
    const origin = { requestId: context.invocationId, ...(ip !== undefined && { ip }) };
    return withRequestOrigin(origin, () => inRequestSpan(declared, context, respond));
  };
}

/** Leads a client without a token to the server that issues tokens (RFC 9728 section 5.1). */
function nameMetadata(
  problem: HttpResponseInit,
  { resourceMetadata }: Pick<Endpoint, 'resourceMetadata'>,
  services: Lazy<HttpServices>,
): HttpResponseInit {
  if (problem.status !== 401 || resourceMetadata === undefined) return problem;
  const url = `${services().publicUrl}/api/${resourceMetadata}`;
  const challenge = { 'WWW-Authenticate': `Bearer resource_metadata="${url}"` };
  return { ...problem, headers: { ...(problem.headers as Record<string, string>), ...challenge } };
}

/** A handler that always responds with a problem. */
export const createProblemHandler =
  (errorOf: (request: HttpRequest) => Error): HttpHandler =>
  async (request, context) => {
    const responder = new Responder(request, context);
    return responder.complete(responder.problemOf(errorOf(request)), []);
  };

/** With HTTP streams the host adds the parameters of the query to those of the route. */
const routeParameters = (route: string, { params }: HttpRequest) =>
  Object.fromEntries(Object.entries(params).filter(([name]) => route.includes(`{${name}}`)));

type ParsedRequest = EndpointRequest<unknown, unknown, unknown>;

class RequestPipeline<S extends HttpServices> {
  rateLimits: readonly RateLimitState[] = [];

  constructor(
    private readonly declared: Endpoint<S>,
    private readonly services: Lazy<S>,
    private readonly request: HttpRequest,
    private readonly context: InvocationContext,
    private readonly responder: Responder,
  ) {}

  async respond(): Promise<HttpResponseInit> {
    const { declared, request } = this;
    const caller = await this.authorize();
    const params =
      declared.params && readParameters(declared.params, routeParameters(declared.route, request));
    const parsed: ParsedRequest = {
      request,
      context: this.context,
      caller,
      params,
      query: declared.query && readParameters(declared.query, new URL(request.url).searchParams),
      body: declared.body && (await readBody(request, declared.body, declared)),
      ifMatch: declared.ifMatch ? requireIfMatch(request) : [],
    };
    await this.consumeCost(parsed);
    if (declared.rateLimit) await this.consumeDeclared(declared.rateLimit, caller);
    return declared.idempotent ? this.executeOnce(parsed) : this.handle(parsed);
  }

  private async authorize(): Promise<Caller> {
    const { allow, method, readsOnly } = this.declared;
    if (allow === 'anonymous') return anonymous;
    const caller = await this.services().authenticate(this.request);
    if (allow !== 'authenticated') assertRole(caller, allow);
    await this.consume(method === 'GET' || readsOnly ? 'reads' : 'writes', caller, caller.objectId);
    return caller;
  }

  /** What a read costs beyond the request itself, which was counted before its query was known. */
  private async consumeCost({ caller, query }: ParsedRequest): Promise<void> {
    const { cost = 1 } = this.declared;
    const whole = typeof cost === 'number' ? cost : cost(query);
    if (whole > 1) await this.consume('reads', caller, caller.objectId, whole - 1);
  }

  private async consume(
    name: RateLimitName,
    { tenantId }: Caller,
    subject: string,
    cost = 1,
  ): Promise<void> {
    const state = await this.services().rateLimiter.consume(name, tenantId, subject, cost);
    const others = this.rateLimits.filter((each) => each.name !== name);
    this.rateLimits = [...others, state];
    assertWithinLimit(state);
  }

  /** The connector first: a request that its limit refuses does not count for the caller. */
  private async consumeDeclared(limit: EndpointLimit, caller: Caller): Promise<void> {
    const { connector, caller: ofCaller } = endpointLimits[limit];
    const { connectorId, connectionId } = this.request.params;
    await this.consume(connector, caller, String(connectorId ?? connectionId));
    await this.consume(ofCaller, caller, caller.objectId);
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
        isShownOnce: idempotent === 'shown-once',
      },
      () => this.handle(parsed).catch((error: unknown) => this.definitiveProblem(error)),
      {
        onStoreError: (error) => this.responder.log(error),
        problemOf: (error) => this.responder.toProblem(error),
      },
    );
  }

  /** The problem to store. Rethrows errors that a repetition of the request may not meet. */
  private definitiveProblem(error: unknown): HttpResponseInit {
    const status = httpStatusOf(error);
    if (status >= 500 || status === 429) throw error;
    return this.responder.problemOf(error);
  }
}
