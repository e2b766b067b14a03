/** Requests on a connection that never answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  defaultRetryPolicy,
  type HttpClient,
  type PipelineRequest,
} from '@azure/core-rest-pipeline';
import { KeyVaultSecretStore } from '../../functions/azure/key-vault/secret-store';
import { endFirstAttemptAfter } from '../../functions/azure/first-attempt';
import { openTable } from '../../functions/azure/table-storage/table-client';

const silentMs = 20;

/** Answers an attempt after this time, or never. Fails when the request is aborted, as Node does. */
function clientOf(...delays: readonly number[]) {
  let attempts = 0;
  const client: HttpClient = {
    sendRequest: (request) =>
      new Promise((resolve, reject) => {
        const response = { request, status: 200, headers: createHttpHeaders() };
        const delay = delays[attempts++] ?? 0;
        if (delay < Infinity) setTimeout(() => resolve(response), delay);
        request.abortSignal?.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  };
  const pipeline = retryingPipeline(silentMs);
  return {
    send: (request: PipelineRequest) => pipeline.sendRequest(client, request),
    attempts: () => attempts,
  };
}

function retryingPipeline(firstAttemptMs: number) {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(defaultRetryPolicy({ maxRetries: 2, retryDelayInMs: 1 }), { phase: 'Retry' });
  pipeline.addPolicy(endFirstAttemptAfter(firstAttemptMs), { afterPhase: 'Retry' });
  return pipeline;
}

/** A server behind a gateway that forgets each connection after its first response. */
async function forgettingServer() {
  const forgotten = new WeakSet<object>();
  const server = createServer(({ socket }, response) => {
    if (forgotten.has(socket)) return;
    forgotten.add(socket);
    setTimeout(() => response.end(), silentMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}
const aRequest = (timeoutMs = 1_000) =>
  createPipelineRequest({ url: 'https://a.example', abortSignal: AbortSignal.timeout(timeoutMs) });

describe('a request whose connection never answers', () => {
  it('is repeated long before its time is over', async () => {
    const { send, attempts } = clientOf(Infinity);

    expect((await send(aRequest())).status).toBe(200);

    expect(attempts()).toBe(2);
  });

  it('leaves the rest of the time to the repetition', async () => {
    const { send } = clientOf(Infinity, 3 * silentMs);

    expect((await send(aRequest())).status).toBe(200);
  });

  it('ends with the time of the call', async () => {
    const { send, attempts } = clientOf(Infinity, Infinity);

    await expect(send(aRequest(30 * silentMs))).rejects.toThrow('aborted');

    expect(attempts()).toBe(2);
  });

  it('is repeated on a new connection, although the pool has others', async () => {
    const { url, close } = await forgettingServer();
    const client = createDefaultHttpClient();
    const pipeline = retryingPipeline(10 * silentMs);
    const send = () => {
      const abortSignal = AbortSignal.timeout(100 * silentMs);
      const request = createPipelineRequest({ url, allowInsecureConnection: true, abortSignal });
      return pipeline.sendRequest(client, request);
    };
    await Promise.all([send(), send(), send()]);

    const { status } = await send().finally(close);

    expect(status).toBe(200);
  });

  it('is not repeated if the call was given up before', async () => {
    const { send, attempts } = clientOf(Infinity);

    await expect(send(aRequest(silentMs / 4))).rejects.toThrow('aborted');

    expect(attempts()).toBe(1);
  });
});

it('ends the first attempt at storage and at Key Vault', () => {
  const identity = { getToken: () => Promise.reject(new Error('No token.')) };
  const table = openTable('https://a.table.core.windows.net', 'connectors', identity);
  const vault = new KeyVaultSecretStore('https://a.vault.azure.net', identity);
  const namesOf = ({ pipeline }: Pick<typeof table, 'pipeline'>) =>
    pipeline.getOrderedPolicies().map(({ name }) => name);
  const { client } = vault as unknown as {
    readonly client: { readonly client: Pick<typeof table, 'pipeline'> };
  };

  expect(namesOf(table)).toContain('endFirstAttempt');
  expect(namesOf(client.client)).toContain('endFirstAttempt');
});
