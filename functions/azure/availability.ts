/**
 * A service that does not answer, or answers that it cannot, becomes one failure of ours. As a pipeline policy outside
 * of the SDK's retries it holds for every call, so no adapter can forget it.
 */
import type { TableServiceClientOptions } from '@azure/data-tables';
import { AppError, ThrottledError, UpstreamError } from '../errors';

type Policies = NonNullable<TableServiceClientOptions['additionalPolicies']>;
type Response = Awaited<ReturnType<Policies[number]['policy']['sendRequest']>>;

const codes = { storage: 'storage_unavailable', 'key vault': 'key_vault_unavailable' } as const;

export function reportsUnavailability(
  service: keyof typeof codes,
  timeoutInMs: number,
): Policies[number] {
  const unavailable = (cause: unknown) =>
    new UpstreamError(codes[service], `Azure ${service} did not answer.`, true, cause);

  return {
    position: 'perCall',
    policy: {
      name: 'reportsUnavailability',
      async sendRequest(request, next) {
        request.timeout = timeoutInMs;
        let response: Response;
        try {
          response = await next(request);
        } catch (error) {
          throw error instanceof AppError ? error : unavailable(error);
        }
        if (response.status === 429)
          throw new ThrottledError(
            'azure_busy',
            `Azure ${service} is limiting requests.`,
            Number(response.headers.get('retry-after') ?? 1) || 1,
          );
        if (response.status >= 500) throw unavailable(`status ${response.status}`);
        return response;
      },
    },
  };
}
