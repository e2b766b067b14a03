/** Durable instances of a sync, read through the management API of the host. */
import type { RunningStack } from './stack';

export interface DurableInstance {
  readonly runtimeStatus: string;
  readonly historyEvents: readonly { readonly EventType: string }[];
}

/** Undefined if the instance was never started. */
export async function instanceOf(
  stack: RunningStack,
  connectorId: string,
  runId: string,
): Promise<DurableInstance | undefined> {
  const { baseUrl, masterKey } = await stack.description();
  const id = `sync-${connectorId}-${runId}`;
  const path = `/runtime/webhooks/durabletask/instances/${id}?showHistory=true&code=${masterKey}`;
  const response = await fetch(new URL(path, baseUrl));
  return response.status === 404 ? undefined : ((await response.json()) as DurableInstance);
}
