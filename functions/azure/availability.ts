/**
 * A service that does not answer, or answers that it cannot, becomes one failure of ours. As a pipeline policy outside
 * of the SDK's retries it holds for every call, so no adapter can forget it.
 */
import { RestError, type TableServiceClientOptions } from '@azure/data-tables';
import { AppError, ServiceUnavailableError, ThrottledError } from '../errors/app-error';

type Policies = NonNullable<TableServiceClientOptions['additionalPolicies']>;

const codes = { storage: 'storage_unavailable', 'key vault': 'key_vault_unavailable' } as const;
const usualWaitInSeconds = 1;
/** A longer wait is handed to the caller at once: sitting it out would use up the time of the call. */
const longestWaitInSeconds = 3;

/** `timeoutInMs` is for a call with all its retries. */
export function mapServiceErrors(service: keyof typeof codes, timeoutInMs: number): Policies {
  return [
    {
      position: 'perCall',
      policy: {
        name: 'mapServiceErrors',
        async sendRequest(request, next) {
          request.abortSignal ??= AbortSignal.timeout(timeoutInMs);
          try {
            const response = await next(request);
            const { status: statusCode } = response;
            // A transaction's answer comes back unread, whatever its status.
            if (statusCode === 429 || statusCode >= 500)
              throw new RestError(`status ${statusCode}`, { statusCode, response });
            return response;
          } catch (error) {
            throw reported(error);
          }
        },
      },
    },
    {
      position: 'perRetry',
      policy: {
        name: 'mapBrokenResponses',
        async sendRequest(request, next) {
          const response = await next(request).catch(brokenOff);
          const wait = waitAskedBy(response);
          if (response.status === 429 && wait > longestWaitInSeconds) throw busy(wait, undefined);
          return response;
        },
      },
    },
  ];

  /** What was refused is for the adapter to understand; what could not be asked at all is told here. */
  function reported(error: unknown): unknown {
    if (error instanceof AppError) return error;
    const answer = error instanceof RestError ? error : undefined;
    if (answer?.statusCode === 429) return busy(waitAskedBy(answer.response), error);
    if (answer?.statusCode !== undefined && answer.statusCode < 500) return error;
    return new ServiceUnavailableError(
      codes[service],
      `Azure ${service} did not answer.`,
      true,
      error,
    );
  }

  function busy(waitInSeconds: number, cause: unknown): ThrottledError {
    return new ThrottledError(
      'dependency_throttled',
      `Azure ${service} is limiting requests.`,
      waitInSeconds,
      { cause },
    );
  }
}

/** The SDK asks again when a connection was lost before an answer, and not when it was lost in the middle of one. */
function brokenOff(error: unknown): never {
  if (error instanceof RestError && error.code === RestError.PARSE_ERROR)
    throw new RestError(error.message, { code: 'ECONNRESET' });
  throw error;
}

const waitAskedBy = (response: RestError['response']): number =>
  Number(response?.headers.get('retry-after') ?? NaN) || usualWaitInSeconds;
