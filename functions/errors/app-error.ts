/**
 * Errors of the domain. Only http/problem.ts (RFC 9457) and scim/scim-error.ts (RFC 7644 section
 * 3.12) map them to status codes. An error that is not an AppError is a bug: it becomes a 500
 * without details.
 */
export type ErrorKind =
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'stale'
  | 'precondition-required'
  | 'too-slow'
  | 'too-large'
  | 'unsupported-format'
  | 'refused'
  | 'throttled'
  | 'upstream'
  | 'misconfigured';

/** Codes of violations, with their meaning. A closed set: callers may switch on it. */
export const violationCodes = {
  required: 'a value is missing',
  wrong_type: 'a value has another JSON type than documented',
  too_short: 'a text has too few characters',
  too_long: 'a text has too many characters',
  too_few_items: 'a list has too few items',
  too_many_items: 'a list has too many items',
  too_small: 'a number is below its minimum',
  too_large: 'a number is above its maximum',
  not_a_multiple: 'a number is not a multiple of its step',
  invalid_format: 'a text does not have the documented format',
  not_allowed: 'a value is not one of the allowed values',
  no_variant: 'a value matches none of the documented forms',
  unknown_field: 'a field or parameter is not documented',
  invalid_key: 'the name of an entry is not allowed',
  invalid_element: 'an element of a collection is not allowed',
  repeated: 'a parameter is given more than once',
  invalid: 'a value breaks a rule that its detail states',
} as const;

export type ViolationCode = keyof typeof violationCodes;

export interface Violation {
  /**
   * JSON Pointer into the request body (RFC 6901), `?name` of a parameter, or the name of a
   * setting.
   */
  readonly pointer: string;
  readonly code: ViolationCode;
  /** Sentence that begins with the name of the field: "name must have 1 to 100 characters". */
  readonly detail: string;
}

/** The step that a person can take after a failure. */
export interface Action {
  readonly kind: string;
  readonly label: string;
  readonly href?: string;
}

export abstract class AppError extends Error {
  abstract readonly kind: ErrorKind;
  /**
   * Whether a repetition can succeed. Durable does not retry a step whose error is not retryable.
   */
  readonly retryable: boolean = false;

  constructor(
    /** Stable, in snake_case, with an entry in problem-types.ts. Occurs once in the code. */
    readonly code: string,
    /** First sentence: what is wrong. Second sentence: what to do. */
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

/** The path exists, but not with this method (RFC 9110 section 15.5.6). */
export class MethodNotAllowedError extends AppError {
  readonly kind = 'method-not-allowed';
  constructor(
    code: string,
    detail: string,
    /** Methods that the path allows. */
    readonly allowed: readonly string[],
  ) {
    super(code, detail);
  }
}

export class ConflictError extends AppError {
  readonly kind = 'conflict';
  /** Path of the resource that causes the conflict. */
  readonly location: string | undefined;

  constructor(
    code: string,
    detail: string,
    options?: ErrorOptions & { readonly location?: string },
  ) {
    super(code, detail, options);
    this.location = options?.location;
  }
}

/** The ETag of the caller does not match, because the resource changed since it was read. */
export class StaleError extends AppError {
  readonly kind = 'stale';
}

/** Another writer has taken over. A repetition that reads again can succeed. */
export class SupersededError extends StaleError {
  override readonly retryable = true;
}

/** The request lacks If-Match (RFC 6585 section 3). */
export class PreconditionRequiredError extends AppError {
  readonly kind = 'precondition-required';
}

/** The body did not arrive in time (RFC 9110 section 15.5.9). */
export class SlowBodyError extends AppError {
  readonly kind = 'too-slow';
  override readonly retryable = true;
}

export class TooLargeError extends AppError {
  readonly kind = 'too-large';
}

export class UnsupportedFormatError extends AppError {
  readonly kind = 'unsupported-format';
}

/** The request is valid, but Entra rejected the credentials or Azure denied access. */
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

/** The code that Entra or Azure gave. Only Owners see it. */
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

/** Azure did not respond, or responded unexpectedly. */
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

/**
 * Storage or Key Vault of this service did not respond. Says nothing about the requested resource.
 */
export class ServiceUnavailableError extends UpstreamError {}

/** A row could not be changed, because other writers were always faster. Nothing was changed. */
export class ContendedError extends ServiceUnavailableError {}

/** Settings are missing or malformed. Names the settings, never their values. */
export class ConfigurationError extends AppError {
  readonly kind = 'misconfigured';
  constructor(readonly violations: readonly Violation[]) {
    const details = violations.map(({ detail }) => detail).join('; ');
    super(
      'configuration_incomplete',
      `The configuration is not complete: ${details}. Correct the settings and restart the app.`,
    );
  }
}

/** A failure as data, small enough for a Durable history. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
}
