/**
 * For a selected property that a row lacks, Azure returns null and Azurite returns nothing. This
 * policy removes nulls, so both look the same. It runs inside the retries of the SDK, where the
 * body is still text.
 */
import type { TableServiceClientOptions } from '@azure/data-tables';

export const dropNullProperties: NonNullable<TableServiceClientOptions['additionalPolicies']> = [
  {
    position: 'perRetry',
    policy: {
      name: 'dropNullProperties',
      async sendRequest(request, next) {
        const response = await next(request);
        const { bodyAsText } = response;
        const mayHaveNulls = request.method === 'GET' && /:\s*null/.test(bodyAsText ?? '');
        return mayHaveNulls ? { ...response, bodyAsText: withoutNulls(bodyAsText!) } : response;
      },
    },
  },
];

/** Leaves a truncated body to the SDK. */
function withoutNulls(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text, (_, value: unknown) => value ?? undefined));
  } catch {
    return text;
  }
}
