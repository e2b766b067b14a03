/**
 * Errors of SCIM requests and their bodies (RFC 7644 section 3.12, RFC 9865 section 2.1). Only this
 * file and http/problem.ts know status codes.
 */
import {
  AppError,
  ThrottledError,
  UnauthenticatedError,
  type ErrorKind,
} from '../errors/app-error';
import { messageSchemas } from './message-schemas';

export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

interface Reason {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly status: number;
  readonly scimType?: ScimType;
}

const badRequest = (code: string, scimType: ScimType): Reason => ({
  kind: 'invalid-input',
  code,
  status: 400,
  scimType,
});

const reasons = {
  invalidFilter: badRequest('scim_invalid_filter', 'invalidFilter'),
  tooMany: badRequest('scim_too_many', 'tooMany'),
  mutability: badRequest('scim_mutability', 'mutability'),
  invalidSyntax: badRequest('scim_invalid_syntax', 'invalidSyntax'),
  invalidPath: badRequest('scim_invalid_path', 'invalidPath'),
  noTarget: badRequest('scim_no_target', 'noTarget'),
  invalidValue: badRequest('scim_invalid_value', 'invalidValue'),
  invalidVers: badRequest('scim_invalid_version', 'invalidVers'),
  invalidCursor: badRequest('scim_invalid_cursor', 'invalidCursor'),
  expiredCursor: badRequest('scim_expired_cursor', 'expiredCursor'),
  invalidCount: badRequest('scim_invalid_count', 'invalidCount'),
  uniqueness: {
    kind: 'conflict',
    code: 'scim_uniqueness',
    status: 409,
    scimType: 'uniqueness',
  },
  sensitive: { kind: 'forbidden', code: 'scim_sensitive', status: 403, scimType: 'sensitive' },
  forbidden: { kind: 'forbidden', code: 'scim_forbidden', status: 403 },
  notFound: { kind: 'not-found', code: 'scim_not_found', status: 404 },
  bulkCycle: { kind: 'conflict', code: 'scim_bulk_cycle', status: 409 },
  versionMismatch: { kind: 'stale', code: 'scim_version_mismatch', status: 412 },
  tooLarge: { kind: 'too-large', code: 'scim_too_large', status: 413 },
  notImplemented: { kind: 'refused', code: 'scim_not_implemented', status: 501 },
} as const satisfies Record<string, Reason>;

export type ScimReason = keyof typeof reasons;

/** A request that SCIM refuses. The detail names the attribute and never repeats a value. */
export class ScimError extends AppError {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(
    readonly reason: ScimReason,
    detail: string,
    /** Path of the attribute at fault, for the diagnostics of a provisioning connection. */
    readonly attribute?: string,
    options?: ErrorOptions,
  ) {
    const { kind, code, status, scimType }: Reason = reasons[reason];
    super(code, detail, options);
    this.kind = kind;
    this.status = status;
    this.scimType = scimType;
  }
}

/** Statuses of errors of other modules. A retryable upstream error is a 503. */
const statusByKind: Record<ErrorKind, { readonly status: number; readonly scimType?: ScimType }> = {
  'invalid-input': { status: 400, scimType: 'invalidValue' },
  unauthenticated: { status: 401 },
  forbidden: { status: 403 },
  'method-not-allowed': { status: 405 },
  'not-found': { status: 404 },
  conflict: { status: 409 },
  stale: { status: 412 },
  'too-slow': { status: 408 },
  'too-large': { status: 413 },
  'unsupported-format': { status: 415 },
  refused: { status: 422 },
  'precondition-required': { status: 428 },
  throttled: { status: 429 },
  upstream: { status: 502 },
  misconfigured: { status: 503 },
};

/** RFC 7644 section 3.12: these members and no others. */
export interface ScimErrorBody {
  readonly schemas: readonly [string];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

export interface ScimErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ScimErrorBody;
}

/** Maps any thrown value to a response. An error without a kind becomes a 500 without details. */
export function toScimErrorResponse(error: unknown): ScimErrorResponse {
  const { status, scimType } = statusOf(error);
  return {
    status,
    headers: {
      'Content-Type': 'application/scim+json',
      ...(error instanceof ThrottledError && { 'Retry-After': String(error.retryAfterSeconds) }),
      ...(error instanceof UnauthenticatedError && { 'WWW-Authenticate': 'Bearer' }),
    },
    body: {
      schemas: [messageSchemas.error],
      status: String(status),
      ...(scimType !== undefined && { scimType }),
      detail: error instanceof AppError ? error.message : 'Internal error. Try again later.',
    },
  };
}

function statusOf(error: unknown): { status: number; scimType?: ScimType | undefined } {
  if (error instanceof ScimError) return error;
  if (!(error instanceof AppError)) return { status: 500 };
  if (error.kind === 'upstream' && error.retryable) return { status: 503 };
  return statusByKind[error.kind];
}
