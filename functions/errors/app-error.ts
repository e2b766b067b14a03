/**
 * Every failure we can name, in the words of the domain. Which status code it becomes is decided in
 * two places only: http/problem.ts (RFC 9457) and, for SCIM, scim/scim-error.ts (RFC 7644 §3.12).
 * Anything that is not an AppError is a bug, and becomes a 500 that says nothing.
 */
export type ErrorKind =
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'stale'
  | 'precondition-required'
  | 'too-large'
  | 'unsupported-format'
  | 'refused'
  | 'throttled'
  | 'upstream'
  | 'misconfigured';

export interface Violation {
  /** JSON Pointer into the request body, or `?name` for a query parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** The one thing a person can do about a failure. */
export interface Action {
  readonly kind: string;
  readonly label: string;
  readonly href?: string;
}

export abstract class AppError extends Error {
  abstract readonly kind: ErrorKind;
  /** Whether trying again can succeed. Durable steps stop retrying when it cannot. */
  readonly retryable: boolean = false;

  constructor(
    /** Stable, snake_case, documented; occurs once in the code. */
    readonly code: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = new.target.name;
  }
}

export class InvalidInputError extends AppError {
  readonly kind = 'invalid-input';
  constructor(
    code: string,
    detail: string,
    readonly violations: readonly Violation[] = [],
  ) {
    super(code, detail);
  }
}

export class UnauthenticatedError extends AppError {
  readonly kind = 'unauthenticated';
}

export class ForbiddenError extends AppError {
  readonly kind = 'forbidden';
}

export class NotFoundError extends AppError {
  readonly kind = 'not-found';
}

export class ConflictError extends AppError {
  readonly kind = 'conflict';
  constructor(
    code: string,
    detail: string,
    options?: ErrorOptions & { readonly location?: string },
  ) {
    super(code, detail, options);
    this.location = options?.location;
  }
  /** Where the thing that is in the way can be seen. */
  readonly location: string | undefined;
}

/** The caller changed something that changed under them: its ETag no longer matches. */
export class StaleError extends AppError {
  readonly kind = 'stale';
}

/** The caller must say which version they change (RFC 6585 §3). */
export class PreconditionRequiredError extends AppError {
  readonly kind = 'precondition-required';
}

export class TooLargeError extends AppError {
  readonly kind = 'too-large';
}

export class UnsupportedFormatError extends AppError {
  readonly kind = 'unsupported-format';
}

/** Well-formed, but somebody we had to ask said no: Entra refused the credentials, Azure the access. */
export class RefusedError extends AppError {
  readonly kind = 'refused';
  constructor(
    code: string,
    detail: string,
    readonly details: {
      readonly action?: Action;
      readonly upstream?: Upstream;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, detail, { cause: details.cause });
  }
}

/** What the other side called it; shown to Owners only. */
export interface Upstream {
  readonly provider: 'entra' | 'azure';
  readonly code: string;
  readonly traceId?: string;
}

export class ThrottledError extends AppError {
  readonly kind = 'throttled';
  override readonly retryable = true;
  constructor(
    code: string,
    detail: string,
    readonly retryAfterSeconds: number,
    options?: ErrorOptions,
  ) {
    super(code, detail, options);
  }
}

/** Azure answered, but not with what we asked for. */
export class UpstreamError extends AppError {
  readonly kind = 'upstream';
  constructor(
    code: string,
    detail: string,
    override readonly retryable: boolean,
    cause?: unknown,
  ) {
    super(code, detail, { cause });
  }
}

/** Storage or vault of our own did not answer. Says nothing of what was asked for: whoever can tries again. */
export class ServiceUnavailableError extends UpstreamError {}

/** Settings are missing or malformed. Names them; never their values. */
export class ConfigurationError extends AppError {
  readonly kind = 'misconfigured';
  constructor(readonly violations: readonly Violation[]) {
    super(
      'configuration_incomplete',
      `Settings: ${violations.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ')}.`,
    );
  }
}

/** A failure as data, small enough for a Durable history. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
}
