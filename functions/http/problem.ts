/**
 * Maps any error to application/problem+json (RFC 9457). Only this file and scim/scim-error.ts know
 * status codes.
 */
import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { actionResponse } from '../errors/action-response';
import { allProblemTypes } from '../errors/all-problem-types';
import { maxViolations } from '../errors/violations';
import {
  AppError,
  ConfigurationError,
  ConflictError,
  InvalidInputError,
  MethodNotAllowedError,
  RefusedError,
  ThrottledError,
  UnauthenticatedError,
  violationCodes,
  type ErrorKind,
  type ViolationCode,
} from '../errors/app-error';

const codes = Object.keys(violationCodes) as [ViolationCode, ...ViolationCode[]];
const codeMeanings = Object.entries(violationCodes)
  .map(([code, meaning]) => `${code}: ${meaning}`)
  .join('; ');

const violation = z
  .strictObject({
    pointer: z
      .string()
      .describe('JSON Pointer into the body (RFC 6901), `?name` of a parameter, or a setting.'),
    code: z.enum(codes).describe(`Kind of violation. ${codeMeanings}.`),
    detail: z.string().describe('Sentence that begins with the name of the field.'),
  })
  .meta({ id: 'Violation' });

/** RFC 9457 section 3.1, with extension members (section 3.2) that a frontend acts on. */
export const problem = z
  .strictObject({
    type: z.string().describe('Path of the page that explains the code.'),
    title: z.string(),
    status: z.int(),
    code: z
      .enum([...allProblemTypes.keys()])
      .describe('Stable code of the problem type. /api/problems/{code} explains it.'),
    detail: z.string().optional().describe('Absent for internal errors.'),
    instance: z.string().describe('URI that finds the request in logs.'),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    retryAfterMs: z
      .int()
      .optional()
      .describe('Present if the request was throttled or a service is not available.'),
    action: actionResponse.optional().describe('Next step for a person, if there is one.'),
    upstream: z
      .strictObject({ provider: z.string(), code: z.string(), traceId: z.string().optional() })
      .optional()
      .describe('Error code and trace id of Entra or Azure.'),
    errors: z
      .array(violation)
      .max(maxViolations)
      .optional()
      .describe(
        `The first ${maxViolations} violations of the input. Absent if no field is at fault.`,
      ),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: '/api/problems/invalid_body',
        title: 'Invalid request',
        status: 400,
        code: 'invalid_body',
        detail: 'The body does not match its schema. Correct the fields named in errors.',
        instance: 'urn:uuid:8e03978e-40d5-43e8-bc93-6894a57f9324',
        retryable: false,
        errors: [{ pointer: '/name', code: 'required', detail: 'name is required' }],
      },
    ],
  });

export const statusByKind: Record<ErrorKind, { readonly status: number; readonly title: string }> =
  {
    'invalid-input': { status: 400, title: 'Invalid request' },
    unauthenticated: { status: 401, title: 'Sign-in required' },
    forbidden: { status: 403, title: 'Not allowed' },
    'not-found': { status: 404, title: 'Not found' },
    'method-not-allowed': { status: 405, title: 'Method not allowed' },
    'too-slow': { status: 408, title: 'Request took too long' },
    conflict: { status: 409, title: 'Conflict' },
    stale: { status: 412, title: 'Version is outdated' },
    'too-large': { status: 413, title: 'Too large' },
    'unsupported-format': { status: 415, title: 'Unsupported media type' },
    refused: { status: 422, title: 'Refused' },
    'precondition-required': { status: 428, title: 'Version required' },
    throttled: { status: 429, title: 'Too many requests' },
    upstream: { status: 502, title: 'Azure request failed' },
    misconfigured: { status: 503, title: 'Not configured' },
  };

/** The status of an error; 500 if it is not an AppError. */
export function httpStatusOf(error: unknown): number {
  if (!(error instanceof AppError)) return 500;
  return error.kind === 'upstream' && error.retryable ? 503 : statusByKind[error.kind].status;
}

/** A 503 suggests a wait, too (RFC 9110 section 15.6.4). */
const unavailableRetrySeconds = 5;

function retryAfterSecondsOf(error: unknown): number | undefined {
  if (error instanceof ThrottledError) return error.retryAfterSeconds;
  return httpStatusOf(error) === 503 && (error as AppError).retryable
    ? unavailableRetrySeconds
    : undefined;
}

/** Maps any thrown value to a problem. An unknown error is an internal error without details. */
export function toProblem(error: unknown, instance: string): HttpResponseInit {
  const status = httpStatusOf(error);
  const known = error instanceof AppError ? error : undefined;
  const code = known?.code ?? 'internal_error';
  const retryAfterSeconds = retryAfterSecondsOf(error);
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
      ...(error instanceof UnauthenticatedError && { 'WWW-Authenticate': 'Bearer' }),
      ...(error instanceof MethodNotAllowedError && { Allow: error.allowed.join(', ') }),
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
      retryAfterMs:
        retryAfterSeconds === undefined ? undefined : Math.round(retryAfterSeconds * 1_000),
      ...(error instanceof RefusedError && {
        action: error.details.action,
        upstream: error.details.upstream,
      }),
      ...((error instanceof InvalidInputError || error instanceof ConfigurationError) &&
        error.violations.length > 0 && { errors: error.violations }),
    },
  };
}
