/**
 * Maps a response of Entra or Azure to its row in sign-in-errors.ts, and the row to an AppError.
 */
import {
  RefusedError,
  ThrottledError,
  UpstreamError,
  type AppError,
  type Upstream,
} from './app-error';
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

/** Effect of the code on a connection. A code that is not in the table has no effect. */
export const effectOf = (code: string): ConnectionEffect => byCode.get(code)?.effect ?? 'keeps';

export const signInErrorByCode = (code: SignInErrorCode): SignInError => byCode.get(code)!;

/**
 * Compares the AADSTS number first, because it is the most precise. Compares the status before the
 * OAuth error, because an overloaded service may send any error. An unknown error means "try
 * again".
 */
export function classifySignInError({
  error,
  suberror,
  number,
  status,
}: ProviderError): SignInError {
  // MSAL repeats a throttled response with the number as error code and without a status.
  const numbered = byNumber.get(number ?? Number(error));
  if (numbered) return numbered;
  if (status === 429) return signInErrorByCode('idp_throttled');
  if (status !== undefined && status >= 500) return signInErrorByCode('idp_unavailable');
  return (
    (suberror !== undefined && byError.get(suberror)) ||
    byError.get(error) ||
    signInErrorByCode('sign_in_failed')
  );
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

/** True if a sign-in that failed with this error expires the connection. */
export const endsConnection = (error: unknown): error is RefusedError =>
  error instanceof RefusedError && effectOf(error.code) === 'expires';

function upstreamOf({ provider, error, number, traceId }: ProviderError): Upstream {
  return {
    provider,
    code: number === undefined ? error : `AADSTS${number}`,
    ...(traceId && { traceId }),
  };
}
