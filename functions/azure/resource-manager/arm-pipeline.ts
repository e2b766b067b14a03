/**
 * One exchange with Resource Manager through the HTTP pipeline of the Data Factory SDK: its user
 * agent, proxy and TLS settings, and the raw response. The models of the SDK drop unknown
 * properties, its retries would multiply with ours, and its token cache would keep a token that was
 * rejected.
 */
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { spanPolicy } from '../span-policy';

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Absent: the request is anonymous. */
  readonly token?: string;
  readonly body?: string;
  /** Default: 30 seconds. */
  readonly timeoutMs?: number;
}

export interface RawResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

export type ArmPipeline = (exchange: Exchange) => Promise<RawResponse>;

const defaultTimeoutMs = 30_000;
const removedPolicies = ['bearerTokenAuthenticationPolicy', 'defaultRetryPolicy', 'redirectPolicy'];
const noCredential = { getToken: () => Promise.resolve(null) };

/**
 * Loads the SDK with the first exchange, because it is large and only syncs need it. Rejects
 * without a response.
 */
export function armPipeline(endpoint: string): ArmPipeline {
  let creation: ReturnType<typeof createClient> | undefined;
  return async ({ method, url, token, body, timeoutMs = defaultTimeoutMs }) => {
    const client = await (creation ??= createClient(endpoint));
    const { status, headers, bodyAsText } = await client.sendRequest(
      createPipelineRequest({
        method,
        url,
        timeout: timeoutMs,
        headers: createHttpHeaders({
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        }),
        ...(body !== undefined && { body }),
      }),
    );
    const header = (name: string) => headers.get(name);
    return { status, header, text: bodyAsText ?? '' };
  };
}

async function createClient(endpoint: string) {
  const { DataFactoryManagementClient } = await import('@azure/arm-datafactory');
  // No subscription: every URL names its own.
  const client = new DataFactoryManagementClient(noCredential, '', { endpoint });
  for (const name of removedPolicies) client.pipeline.removePolicy({ name });
  client.pipeline.addPolicy(spanPolicy('resource manager'));
  return client;
}
