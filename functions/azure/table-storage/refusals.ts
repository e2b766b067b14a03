/**
 * Refusals that concern the table or this app, and no row: the app has no role or the firewall no rule
 * for it, or the table is missing because an operator deployed the code alone or restores the table. As
 * 404 or 409 these look like a row that does not exist or that another writer has changed.
 */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import type { TableServiceClientOptions } from '@azure/data-tables';
import { serviceUnavailable } from '../availability';

const statuses: readonly number[] = [401, 403];
/** A transaction has the code in a part of its body. Its parts quote no values. */
const tableCode = /"code":\s*"(TableNotFound|TableBeingDeleted)"/;
const anyCode = /"code":\s*"(\w{1,64})"/;

/** Throws ServiceUnavailableError for them, with the code for the log. */
export const throwRefusals: NonNullable<TableServiceClientOptions['additionalPolicies']> = [
  {
    position: 'perRetry',
    policy: {
      name: 'throwRefusals',
      async sendRequest(request, next) {
        const response = await next(request);
        const code = refusalOf(response);
        if (code === undefined) return response;
        throw serviceUnavailable('storage', new Error(`Storage refused the request: ${code}.`));
      },
    },
  },
];

function refusalOf({ status, bodyAsText, request }: PipelineResponse): string | undefined {
  const text = bodyAsText ?? '';
  if (statuses.includes(status)) return [status, anyCode.exec(text)?.[1]].join(' ').trim();
  const isTransaction = request.url.includes('/$batch');
  return status === 404 || status === 409 || isTransaction ? tableCode.exec(text)?.[1] : undefined;
}
