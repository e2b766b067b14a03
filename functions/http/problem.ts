/** Any failure as RFC 9457 application/problem+json. One of the two places that know status codes. */
import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import {
  AppError,
  ConfigurationError,
  ConflictError,
  InvalidInputError,
  RefusedError,
  ThrottledError,
  UnauthenticatedError,
  type ErrorKind,
} from '../errors/app-error';

/** RFC 9457 §3.1, and the extension members (§3.2) that a frontend acts on. */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    retryable: z.boolean(),
    retryAfterSeconds: z.int().optional(),
    action: z
      .strictObject({ kind: z.string(), label: z.string(), href: z.string().optional() })
      .optional(),
    upstream: z
      .strictObject({ provider: z.string(), code: z.string(), traceId: z.string().optional() })
      .optional(),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export const statusByKind: Record<ErrorKind, { readonly status: number; readonly title: string }> =
  {
    'invalid-input': { status: 400, title: 'Invalid request' },
    unauthenticated: { status: 401, title: 'Sign-in needed' },
    forbidden: { status: 403, title: 'Not allowed' },
    'not-found': { status: 404, title: 'Not found' },
    conflict: { status: 409, title: 'Conflict' },
    stale: { status: 412, title: 'Changed in the meantime' },
    'too-large': { status: 413, title: 'Too large' },
    'unsupported-format': { status: 415, title: 'Unsupported media type' },
    refused: { status: 422, title: 'Refused' },
    'precondition-required': { status: 428, title: 'Version needed' },
    throttled: { status: 429, title: 'Too many requests' },
    upstream: { status: 502, title: 'Azure did not answer as expected' },
    misconfigured: { status: 503, title: 'Not configured' },
  };

/** The status a failure becomes; 500 for a bug. */
export function httpStatusOf(error: unknown): number {
  if (!(error instanceof AppError)) return 500;
  return error.kind === 'upstream' && error.retryable ? 503 : statusByKind[error.kind].status;
}

/** Any thrown value as a problem. Unknown errors say nothing about themselves. */
export function toProblem(error: unknown, instance: string): HttpResponseInit {
  const status = httpStatusOf(error);
  const known = error instanceof AppError ? error : undefined;
  const code = known?.code ?? 'internal_error';
  const retryAfterSeconds = error instanceof ThrottledError ? error.retryAfterSeconds : undefined;
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
      ...(error instanceof UnauthenticatedError && { 'WWW-Authenticate': 'Bearer' }),
      ...(error instanceof ConflictError && error.location && { Location: error.location }),
    },
    jsonBody: {
      type: `/api/problems/${code}`,
      title: known ? statusByKind[known.kind].title : 'Internal error',
      status,
      code,
      detail: known?.message,
      instance,
      retryable: known?.retryable ?? false,
      retryAfterSeconds,
      ...(error instanceof RefusedError && {
        action: error.details.action,
        upstream: error.details.upstream,
      }),
      ...((error instanceof InvalidInputError || error instanceof ConfigurationError) &&
        error.violations.length > 0 && { errors: error.violations }),
    },
  };
}
