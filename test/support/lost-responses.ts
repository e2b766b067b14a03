/**
 * Breaks responses of Table Storage below the retries of the SDK: the request is processed, and the
 * SDK repeats it because no whole response arrives.
 */
import { defaultRetryPolicy } from '@azure/core-rest-pipeline';
import { RestError, type TableClient } from '@azure/data-tables';
import { openTable } from '../../functions/azure/table-storage/table-client';
import type { TableName } from '../../functions/azure/tables/table-names';

export type BrokenResponse =
  | 'reset'
  | 'cut'
  /** The connection breaks before the request arrives. */
  | 'not sent';

/** Decides for each write request, counted from 0, whether and how its response breaks. */
export type Breaks = (write: number) => BrokenResponse | undefined;

export const breakFirst =
  (kind: BrokenResponse): Breaks =>
  (write) =>
    write === 0 ? kind : undefined;

/** A client of the same table whose writes break. Its retries wait for milliseconds only. */
export function openBreakingTable(
  connectionString: string,
  name: string,
  breaks: Breaks,
): TableClient {
  const noIdentity = { getToken: () => Promise.reject(new Error('A key needs no token.')) };
  const table = openTable(connectionString, name as TableName, noIdentity);
  const { pipeline } = table;
  let writes = 0;
  pipeline.removePolicy({ name: 'defaultRetryPolicy' });
  pipeline.addPolicy(defaultRetryPolicy({ maxRetries: 4, retryDelayInMs: 1 }), { phase: 'Retry' });
  pipeline.addPolicy(
    {
      name: 'breakResponses',
      async sendRequest(request, next) {
        const kind = request.method === 'GET' ? undefined : breaks(writes++);
        if (kind !== 'not sent') {
          const response = await next(request);
          if (kind === undefined) return response;
        }
        const code = kind === 'cut' ? RestError.PARSE_ERROR : 'ECONNRESET';
        throw new RestError(`The response is ${kind}.`, { code, request });
      },
    },
    { afterPhase: 'Retry', afterPolicies: ['mapBrokenResponses', 'countAttempts'] },
  );
  return table;
}
