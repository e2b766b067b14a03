/**
 * Maps failures of Table Storage and Key Vault to errors of this app. The policies run in the HTTP
 * pipeline of the SDK clients, so they apply to every call.
 */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { RestError, type TableServiceClientOptions } from '@azure/data-tables';
import { AppError, ServiceUnavailableError, ThrottledError } from '../errors/app-error';
import { requestedWaitMs } from './retry-after';

type Policies = NonNullable<TableServiceClientOptions['additionalPolicies']>;

const codes = { storage: 'storage_unavailable', 'key vault': 'key_vault_unavailable' } as const;
const defaultRetryAfterSeconds = 1;
/** A longer wait is not left to the SDK: the caller gets a ThrottledError at once. */
const maxRetryAfterSeconds = 3;

type Service = keyof typeof codes;

export const serviceUnavailable = (service: Service, cause: unknown) =>
  new ServiceUnavailableError(
    codes[service],
    `Azure ${service} is not available. Repeat the request later.`,
    true,
    cause,
  );

/** `timeoutMs` limits a call with all its retries. */
export function mapServiceErrors(service: Service, timeoutMs: number): Policies {
  return [
    {
      position: 'perCall',
      policy: {
        name: 'mapServiceErrors',
        async sendRequest(request, next) {
          request.abortSignal ??= AbortSignal.timeout(timeoutMs);
          try {
            const response = await next(request);
            const { status: statusCode } = response;
            // The SDK does not check the status of a transaction's response.
            if (statusCode === 429 || statusCode >= 500)
              throw new RestError(`status ${statusCode}`, { statusCode, response });
            return response;
          } catch (error) {
            throw toServiceError(error);
          }
        },
      },
    },
    {
      position: 'perRetry',
      policy: {
        name: 'mapBrokenResponses',
        async sendRequest(request, next) {
          const response = await next(request).catch(throwAsRetryable);
          if (service === 'storage') assertOfStorage(response);
          const seconds = retryAfterSeconds(response);
          if (response.status === 429 && seconds > maxRetryAfterSeconds)
            throw toThrottledError(seconds);
          return response;
        },
      },
    },
  ];

  /** Other 4xx responses are left to the adapter. */
  function toServiceError(error: unknown): unknown {
    if (error instanceof AppError) return error;
    const restError = error instanceof RestError ? error : undefined;
    if (restError?.statusCode === 429)
      return toThrottledError(retryAfterSeconds(restError.response), error);
    if (restError?.statusCode !== undefined && restError.statusCode < 500) return error;
    return serviceUnavailable(service, error);
  }

  function toThrottledError(seconds: number, cause?: unknown): ThrottledError {
    return new ThrottledError(
      'dependency_throttled',
      `Azure ${service} is throttling requests. Repeat the request after ${seconds} s.`,
      seconds,
      { cause },
    );
  }
}

/**
 * Storage sends the header with each response. The page of a proxy has none: without this check, the SDK
 * takes it for an empty list, a missing row, or a transaction that was executed.
 */
function assertOfStorage({ headers, status }: PipelineResponse): void {
  if (!headers.has('x-ms-request-id'))
    throw new RestError(`Not a response of storage: status ${status}.`, { code: 'ECONNRESET' });
}

/** The SDK retries a connection that breaks before the response, but not within it. */
function throwAsRetryable(error: unknown): never {
  if (error instanceof RestError && error.code === RestError.PARSE_ERROR)
    throw new RestError(error.message, { code: 'ECONNRESET' });
  throw error;
}

function retryAfterSeconds(response: RestError['response']): number {
  const waitMs = requestedWaitMs(response?.headers.get('retry-after'), Date.now());
  return Math.ceil((waitMs ?? 0) / 1_000) || defaultRetryAfterSeconds;
}
