/**
 * Maps a response of Entra or Azure to its row in sign-in-errors.ts, and the row to an AppError.
 */
import { RefusedError, ThrottledError, UpstreamError, AppError, type Upstream } from './app-error';
import {
  signInErrors,
  type ConnectionEffect,
  type SignInError,
  type SignInErrorCode,
} from './sign-in-errors';

/**
 * An error response of a provider. Its description is for people and may change, so it is not used.
 */
export interface ProviderError {
  readonly provider: Upstream['provider'];
  /** OAuth `error`, or the error code of MSAL. */
  readonly error: string;
  readonly suberror?: string;
  /** AADSTS number. */
  readonly number?: number;
  /** HTTP status; absent without a response. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly traceId?: string;
}

const rows: readonly SignInError[] = signInErrors;
const byNumber = new Map(rows.flatMap((row) => row.numbers.map((number) => [number, row])));
const byError = new Map(rows.flatMap((row) => (row.errors ?? []).map((error) => [error, row])));
const byCode = new Map(rows.map((row) => [row.code, row]));

/**
 * Effect of a failed sign-in on the connection. Undefined if the sign-in did not fail at Microsoft.
 * A response with an AADSTS number that is not in the table, or without any, never ends a connection
 * at once, because its OAuth error alone says too little: a proxy may send it, too.
 */
export function effectOf(error: unknown): ConnectionEffect | undefined {
  if (!(error instanceof AppError)) return undefined;
  const effect = byCode.get(error.code)?.effect;
  if (effect === 'expires' && isUncertain(error)) return 'expires_later';
  return effect ?? (error instanceof RefusedError ? 'expires_later' : undefined);
}

/** Code that Entra gave for a refusal, as `AADSTS` and a number. */
export function entraCodeOf(error: unknown): string | undefined {
  const upstream = error instanceof RefusedError ? error.details.upstream : undefined;
  return upstream?.provider === 'entra' ? upstream.code : undefined;
}

function isUncertain(error: AppError): boolean {
  const code = entraCodeOf(error) ?? '';
  const [, number] = /^AADSTS(\d+)$/.exec(code) ?? [];
  return number === undefined ? oauthErrors.has(code) : !byNumber.has(Number(number));
}

/** RFC 6749 section 5.2, OpenID Connect Core section 3.1.2.6. Entra sends each with a number. */
const oauthErrors: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'access_denied',
  'consent_required',
]);

export const signInErrorByCode = (code: SignInErrorCode): SignInError => byCode.get(code)!;

/**
 * Compares the status first, because an overloaded service may send any error. Then the AADSTS
 * number, which is the most precise. An unknown error means "try again".
 */
export function classifySignInError(failure: ProviderError): SignInError {
  const { error, suberror, number } = failure;
  // MSAL repeats a throttled response with the number as error code and without a status.
  const numbered = byNumber.get(number ?? Number(error));
  if (numbered?.effect === 'degrades') return numbered;
  return (
    temporaryErrorOf(failure) ??
    numbered ??
    (suberror === undefined ? undefined : byError.get(suberror)) ??
    byError.get(error) ??
    signInErrorByCode('sign_in_failed')
  );
}

/**
 * The number that decides among those of one response: a temporary error wins wherever it stands,
 * then the first.
 */
export const decisiveNumber = (numbers: readonly number[]): number | undefined =>
  numbers.find((number) => byNumber.get(number)?.effect === 'degrades') ?? numbers[0];

/** The error of a response that says by its status or by Retry-After that it is not a verdict. */
function temporaryErrorOf({ status = 0, retryAfterSeconds }: ProviderError) {
  // Entra sends each verdict with a status of 4xx, so another server sent this one.
  const isForeign = status > 0 && status < 400;
  if (status >= 500 || isForeign) return signInErrorByCode('idp_unavailable');
  const isThrottled = status === 429 || retryAfterSeconds !== undefined;
  return isThrottled ? signInErrorByCode('idp_throttled') : undefined;
}

const defaultRetryAfterSeconds = 60;

/** The error as an AppError, without its cause, which may quote a request. */
export function toAppError(failure: ProviderError): AppError {
  return appErrorOf(classifySignInError(failure), failure);
}

export function appErrorOf(row: SignInError, failure?: ProviderError): AppError {
  const { code, message, action, effect } = row;
  if (effect === 'degrades')
    return code === 'idp_throttled'
      ? new ThrottledError(code, message, failure?.retryAfterSeconds ?? defaultRetryAfterSeconds)
      : new UpstreamError(code, message, true);
  return new RefusedError(code, message, {
    action,
    ...(failure && { upstream: upstreamOf(failure) }),
  });
}

function upstreamOf({ provider, error, number, traceId }: ProviderError): Upstream {
  return {
    provider,
    code: number === undefined ? error : `AADSTS${number}`,
    ...(traceId && { traceId }),
  };
}
