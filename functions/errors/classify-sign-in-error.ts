/** From what Entra or Azure said to the row that tells a person what to do, and to the error that carries it. */
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

/** A failure as whoever asked saw it. Descriptions are for people and may change, so they are not looked at. */
export interface ProviderError {
  readonly provider: Upstream['provider'];
  /** OAuth `error`, or the error code of MSAL. */
  readonly error: string;
  readonly suberror?: string;
  /** AADSTS number. */
  readonly number?: number;
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly traceId?: string;
}

const rows: readonly SignInError[] = signInErrors;
const byNumber = new Map(rows.flatMap((row) => row.numbers.map((number) => [number, row])));
const byWord = new Map(rows.flatMap((row) => (row.words ?? []).map((word) => [word, row])));
const byCode = new Map(rows.map((row) => [row.code, row]));

/** What a failure of this code means for a connection; one that is not in the table means nothing to it. */
export const effectOf = (code: string): ConnectionEffect => byCode.get(code)?.effect ?? 'keeps';

export const signInErrorByCode = (code: SignInErrorCode): SignInError => byCode.get(code)!;

/**
 * The number is the finest word there is; the status speaks before the rest, because an overloaded service answers
 * with anything. Unknown grants mean "reconnect", everything else unknown means "try again".
 */
export function classifySignInError({
  error,
  suberror,
  number,
  status,
}: ProviderError): SignInError {
  // MSAL replays a throttled answer with the number as error code and without status.
  const numbered = byNumber.get(number ?? Number(error));
  if (numbered) return numbered;
  if (status === 429) return signInErrorByCode('idp_throttled');
  if (status !== undefined && status >= 500) return signInErrorByCode('idp_unavailable');
  return (
    (suberror !== undefined && byWord.get(suberror)) ||
    byWord.get(error) ||
    signInErrorByCode('sign_in_failed')
  );
}

const usualWaitInSeconds = 60;

/** The failure as the rest of the house knows it; the cause stays behind, since it may quote a request. */
export function toAppError(failure: ProviderError): AppError {
  return appErrorOf(classifySignInError(failure), failure);
}

export function appErrorOf(row: SignInError, failure?: ProviderError): AppError {
  const { code, message, action, effect } = row;
  if (effect === 'degrades')
    return code === 'idp_throttled'
      ? new ThrottledError(code, message, failure?.retryAfterSeconds ?? usualWaitInSeconds)
      : new UpstreamError(code, message, true);
  return new RefusedError(code, message, {
    action,
    ...(failure && { upstream: upstreamOf(failure) }),
  });
}

/** Whether a failed sign-in means that a working connection has ended. */
export const endsConnection = (error: unknown): error is RefusedError =>
  error instanceof RefusedError && effectOf(error.code) === 'expires';

function upstreamOf({ provider, error, number, traceId }: ProviderError): Upstream {
  return {
    provider,
    code: number === undefined ? error : `AADSTS${number}`,
    ...(traceId && { traceId }),
  };
}
