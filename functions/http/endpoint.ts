/**
 * An endpoint is a value. index.ts registers it, openapi.ts documents it, tests hold its answers to
 * the schemas it declares. Importing one does nothing.
 */
import type {
  FunctionInput,
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import type { z } from 'zod';
import { AppError, ForbiddenError, VersionMissingError } from '../errors';
import type { Lazy, Services } from '../services';
import type { Caller, Role } from './caller';
import { statusOfFailure, toProblem } from './problem';
import { readBody, readParameters } from './read-request';

export interface Call<Params, Query, Body> {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The version the caller means to change; present when the endpoint declares `ifMatch`. */
  readonly version: string;
}

/** What a status carries: a JSON schema, an HTML page, or nothing. */
export type Answer = z.ZodType | 'page' | undefined;

export interface Endpoint<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly route: string;
  readonly summary: string;
  /** Who may call: any of these roles, or everybody without a token. */
  readonly allow: readonly Role[] | 'anonymous';
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** A request without a body is read as `{}`. */
  readonly bodyOptional?: true;
  /** Besides application/json; RFC 7396 merge patches for PATCH. */
  readonly mediaType?: 'application/merge-patch+json';
  /** The caller must name the version it changes (If-Match), so that no change is lost. */
  readonly ifMatch?: true;
  /** The Durable client, for an endpoint that talks to an orchestration. */
  readonly extraInputs?: FunctionInput[];
  /** What each status carries. Problems need no mention: every endpoint can answer one. */
  readonly answers: Readonly<Record<number, Answer>>;
  handle(call: Call<Params, Query, Body>, services: Services): Promise<HttpResponseInit>;
}

export const endpoint = <Params = unknown, Query = unknown, Body = unknown>(
  declared: Endpoint<Params, Query, Body>,
): Endpoint => declared as unknown as Endpoint;

/** Asked of nobody in particular: what a browser may send without a token. */
const nobody: Caller = { tenantId: '', objectId: '', displayName: '', roles: [] };

/** Authenticates before the handler sees anything; turns whatever is thrown into a problem. */
export function handlerOf(declared: Endpoint, services: Lazy<Services>): HttpHandler {
  return async (request, context) => {
    try {
      const caller = await authorized(declared, request, services);
      const call = {
        request,
        context,
        caller,
        params: declared.params && readParameters(declared.params, request.params),
        query: declared.query && readParameters(declared.query, request.query),
        body: declared.body && (await readBody(request, declared.body, declared)),
        version: declared.ifMatch ? versionOf(request) : '',
      };
      return safe(await declared.handle(call, services()));
    } catch (error) {
      log(context, error);
      return safe(toProblem(error, `urn:uuid:${context.invocationId}`));
    }
  };
}

async function authorized(
  { allow }: Endpoint,
  request: HttpRequest,
  services: Lazy<Services>,
): Promise<Caller> {
  if (allow === 'anonymous') return nobody;
  const caller = await services().authenticate(request);
  if (!allow.some((role) => caller.roles.includes(role)))
    throw new ForbiddenError('role_missing', `This needs the role ${allow.join(' or ')}.`);
  return caller;
}

/** RFC 9110 §13.1.1. Our tags are strong; a weak or missing one cannot prove what the caller saw. */
function versionOf(request: HttpRequest): string {
  const tag = request.headers.get('if-match');
  if (!tag)
    throw new VersionMissingError(
      'if_match_missing',
      'Send If-Match with the ETag you read, so that nobody’s change is lost.',
    );
  return tag;
}

/** Answers carry a tenant's data: no cache may keep them, no browser may guess at their type. */
function safe(response: HttpResponseInit): HttpResponseInit {
  return {
    ...response,
    headers: {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      ...(response.headers as Record<string, string>),
    },
  };
}

/** A named failure is one line; a bug brings its stack. Neither prints a request. */
function log(context: InvocationContext, error: unknown): void {
  const status = statusOfFailure(error);
  if (error instanceof AppError && status < 500)
    context.info(JSON.stringify({ status, code: error.code }));
  else if (error instanceof AppError)
    context.warn(JSON.stringify({ status, code: error.code, detail: error.message }));
  else context.error(error);
}
