/**
 * An endpoint is a value: handler.ts executes it, openapi.ts documents it, and tests validate its
 * responses against the schemas that it declares. Importing one has no effect.
 */
import type {
  FunctionInput,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import type { z } from 'zod';
import type { IfMatch } from '../storage/if-match';
import type { Caller, Role } from './caller';
import type { EndpointLimit } from './rate-limits';
import type { HttpServices } from './services';

export interface EndpointRequest<Params, Query, Body> {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The precondition. Empty, so that it matches nothing, unless the endpoint declares `ifMatch`. */
  readonly ifMatch: IfMatch;
}

/** Text of one of several media types, as the caller chooses. */
export interface TextContent {
  readonly mediaTypes: readonly string[];
}

/** Content of a response: JSON, an HTML page, either of both as the caller prefers, text, or none. */
export type ResponseSchema =
  z.ZodType | 'page' | readonly [z.ZodType, 'page'] | TextContent | undefined;

/** Whether the header Idempotency-Key may or must be sent, and what a repetition gets. */
export type Idempotent = 'optional' | 'required' | 'shown-once';

interface Declaration<Params, Query, Body, S> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly route: string;
  /** GET changes something, so HEAD is not allowed. */
  readonly withoutHead?: true;
  /** Verb phrase in the imperative, at most eight words. */
  readonly summary: string;
  /** What a caller must know beyond the summary. */
  readonly description?: string;
  /** Roles that may call; `authenticated` requires a token, `anonymous` not even that. */
  readonly allow: readonly Role[] | 'authenticated' | 'anonymous';
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** A body for the document. A test checks that the schema accepts it. */
  readonly example?: unknown;
  /** A request without a body is read as `{}`. */
  readonly bodyOptional?: true;
  /** Accepted besides application/json; RFC 7396 merge patches for PATCH. */
  readonly mediaType?: 'application/merge-patch+json';
  /** Requires If-Match with the version to change. */
  readonly ifMatch?: true;
  /** Responses carry a strong ETag for If-Match. */
  readonly etag?: true;
  /** The ETag changes whenever the response does, so a matching If-None-Match gives 304. */
  readonly ifNoneMatch?: true;
  /**
   * A repetition with the same Idempotency-Key gets the stored response, which must not contain a
   * secret. With `shown-once` the response has a secret and is not stored: a repetition gets 409 with
   * the id and the location of the first result.
   */
  readonly idempotent?: Idempotent;
  /**
   * Counts per connector and per caller, in addition to the reads or writes of the caller. For
   * an endpoint that starts work at Entra or stores a secret.
   */
  readonly rateLimit?: EndpointLimit;
  /**
   * Reads of the caller that a request counts as, in proportion to its work. Default: 1. Only for
   * endpoints that read.
   */
  readonly cost?: number | ((query: Query) => number);
  /** A POST that changes nothing. It counts as a read. */
  readonly readsOnly?: true;
  /** Route of the metadata of the protected resource, which a 401 names (RFC 9728 section 5.1). */
  readonly resourceMetadata?: string;
  /** The Durable client, for an endpoint that controls orchestrations. */
  readonly extraInputs?: FunctionInput[];
  /** Content by status. Every endpoint may respond with a problem, which is not declared. */
  readonly responses: Readonly<Record<number, ResponseSchema>>;
  readonly handle: (
    request: EndpointRequest<Params, Query, Body>,
    services: S,
  ) => Promise<HttpResponseInit>;
}

/**
 * A declared endpoint. `S` is what its handler uses. Any endpoint is an `Endpoint`, which cannot be
 * called.
 */
export type Endpoint<S = never> = Declaration<unknown, unknown, unknown, S>;

/** What a typed client knows of an endpoint: the types of its declaration. There is no value. */
export interface EndpointTypes {
  readonly method: string;
  readonly route: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly responses: Readonly<Record<number, ResponseSchema>>;
}

/** An endpoint with the types of its declaration, for `import type` only. */
export type TypedEndpoint<S, Types extends EndpointTypes> = Endpoint<S> & {
  readonly types?: Types;
};

/** The parts of a declaration whose literal types are kept. */
interface Literals<Method, Route, Responses, Params, Query, QueryInput, Body, BodyInput> {
  readonly method: Method;
  readonly route: Route;
  readonly responses: Responses;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query, QueryInput>;
  readonly body?: z.ZodType<Body, BodyInput>;
}

/** Infers the types of params, query, body, responses and services from the declaration. */
export const endpoint = <
  const Method extends Endpoint['method'],
  const Route extends string,
  const Responses extends Readonly<Record<number, ResponseSchema>>,
  Params = unknown,
  Query = unknown,
  Body = unknown,
  S = HttpServices,
  QueryInput = unknown,
  BodyInput = unknown,
>(
  declared: Declaration<Params, Query, Body, S> &
    Literals<Method, Route, Responses, Params, Query, QueryInput, Body, BodyInput>,
) =>
  declared as unknown as TypedEndpoint<
    S,
    {
      method: Method;
      route: Route;
      params: Params;
      query: QueryInput;
      body: BodyInput;
      responses: Responses;
    }
  >;
