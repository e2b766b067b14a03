/**
 * An endpoint is a value. door.ts answers for it, openapi.ts documents it, tests hold its answers to the schemas it
 * declares. Importing one does nothing.
 */
import type {
  FunctionInput,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import type { z } from 'zod';
import type { Services } from '../services';
import type { Caller, Role } from './caller';
import type { RateLimitName } from './rate-limits';

export interface EndpointRequest<Params, Query, Body> {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The version the caller means to change; present when the endpoint declares `ifMatch`. */
  readonly version: string;
}

/** What a status carries: JSON, an HTML page, whichever of both is asked for, or nothing. */
export type ResponseSchema = z.ZodType | 'page' | readonly [z.ZodType, 'page'] | undefined;

interface Declaration<Params, Query, Body, S> {
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
  /** Its answers carry a strong ETag, for If-Match. */
  readonly etag?: true;
  /** The tag changes whenever the answer does, be it by time or role: whoever has it is answered 304. */
  readonly ifNoneMatch?: true;
  /** Repeated with its Idempotency-Key it is executed once. What it answers is stored: never a secret. */
  readonly idempotent?: 'optional' | 'required';
  /** Counted per connector, besides the reads or writes of the caller. */
  readonly rateLimit?: RateLimitName;
  /** The Durable client, for an endpoint that talks to an orchestration. */
  readonly extraInputs?: FunctionInput[];
  /** What each status carries. Problems need no mention: every endpoint can answer one. */
  readonly responses: Readonly<Record<number, ResponseSchema>>;
  readonly handle: (
    request: EndpointRequest<Params, Query, Body>,
    services: S,
  ) => Promise<HttpResponseInit>;
}

/** A declared endpoint. `S` is what its handler uses; any endpoint is an `Endpoint`, which cannot be called. */
export type Endpoint<S = never> = Declaration<unknown, unknown, unknown, S>;

/** Infers the types of params, query, body and services from the declaration. */
export const endpoint = <Params = unknown, Query = unknown, Body = unknown, S = Services>(
  declared: Declaration<Params, Query, Body, S>,
): Endpoint<S> => declared as unknown as Endpoint<S>;
