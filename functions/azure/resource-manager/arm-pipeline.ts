/**
 * One exchange with Azure Resource Manager through the Data Factory SDK's own pipeline: its user agent, proxy and
 * TLS settings, and the raw answer. Its models, its retries and its token cache are left out: they drop what they do
 * not know, multiply with ours, and keep tokens that we may have to renew.
 */
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly token: string;
  readonly body?: string;
}

export interface RawResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

export type ArmPipeline = (exchange: Exchange) => Promise<RawResponse>;

const timeoutMs = 30_000;
const removedPolicies = ['bearerTokenAuthenticationPolicy', 'defaultRetryPolicy', 'redirectPolicy'];
const noCredential = { getToken: () => Promise.resolve(null) };

/** The SDK is large and only syncs need it, so it is loaded with the first exchange. Rejects when no answer came. */
export function armPipeline(endpoint: string): ArmPipeline {
  let opened: ReturnType<typeof open> | undefined;
  return async ({ method, url, token, body }) => {
    const client = await (opened ??= open(endpoint));
    const { status, headers, bodyAsText } = await client.sendRequest(
      createPipelineRequest({
        method,
        url,
        timeout: timeoutMs,
        headers: createHttpHeaders({
          authorization: `Bearer ${token}`,
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

async function open(endpoint: string) {
  const { DataFactoryManagementClient } = await import('@azure/arm-datafactory');
  // Of no subscription: every URL names its own.
  const client = new DataFactoryManagementClient(noCredential, '', { endpoint });
  for (const name of removedPolicies) client.pipeline.removePolicy({ name });
  return client;
}
