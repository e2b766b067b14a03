/** The calls of a frontend that connects and syncs a connector, as steps for tests. */
import type { FactoryRef } from '../../../functions/data-factory/resource';
import type { RunningStack } from './stack';
import { until } from '../../support/until';

export interface Resource {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly factory: FactoryRef & { readonly id: string };
  readonly body?: any;
  readonly [field: string]: unknown;
}

export async function createConnector(stack: RunningStack, name: string): Promise<string> {
  const { status, body } = await stack.call('POST', '/api/connectors', { body: { name } });
  expect(status).toBe(201);
  return body.id;
}

export async function connectWithSecret(stack: RunningStack, connectorId: string): Promise<void> {
  const { sample } = await stack.description();
  const { status, body } = await stack.call('POST', `/api/connectors/${connectorId}/credentials`, {
    body: {
      method: 'client_credentials',
      tenantId: sample.tenantId,
      clientId: sample.clientId,
      clientSecret: sample.clientSecret,
    },
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'connected' } });
}

/** Returns the URL of the sync run. */
export async function startSync(stack: RunningStack, connectorId: string): Promise<string> {
  const { status, headers } = await stack.call('POST', `/api/connectors/${connectorId}/syncs`);
  expect(status).toBe(202);
  return headers.get('location')!;
}

export const isTerminal = ({ status }: { readonly status: string }): boolean =>
  ['succeeded', 'partial', 'failed', 'cancelled'].includes(status);

/** The terminal sync run. `advanceSeconds` moves the clock at each poll, so that retries do not wait. */
export async function untilTerminal(
  stack: RunningStack,
  location: string,
  { advanceSeconds = 0 } = {},
): Promise<any> {
  return until(async () => {
    if (advanceSeconds > 0) await stack.control('POST', '/clock', { advanceSeconds });
    const { body } = await stack.call('GET', location);
    return isTerminal(body) && body;
  }, 'the sync run is terminal');
}

/** Id of a new connector, connected and synced. */
export async function syncedConnector(stack: RunningStack, name: string): Promise<string> {
  const connectorId = await createConnector(stack, name);
  await connectWithSecret(stack, connectorId);
  const run = await untilTerminal(stack, await startSync(stack, connectorId));
  expect(run).toMatchObject({ status: 'succeeded' });
  return connectorId;
}

/** The clock of a stack moves for later tests, too. This connector must not sync when it does. */
export async function stopRefreshing(stack: RunningStack, connectorId: string): Promise<void> {
  const { status } = await stack.call('PUT', `/api/connectors/${connectorId}/schedule`, {
    body: { kind: 'manual' },
    headers: { 'if-match': '*' },
  });
  expect(status).toBe(200);
}

/** Every page of a list. */
export async function all<T = Resource>(stack: RunningStack, first: string): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const { status, body }: { status: number; body: any } = await stack.call('GET', next);
    expect({ status, body }).toMatchObject({ status: 200 });
    items.push(...body.items);
    next = body.nextLink;
  }
  return items;
}

export const listAllResources = (stack: RunningStack, connectorId: string, query = '') =>
  all(stack, `/api/connectors/${connectorId}/resources?limit=100${query}`);
