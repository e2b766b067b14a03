/**
 * Adapter of the Durable client. No other file calls getClient, so a change of the SDK stays in
 * this file.
 */
import type { InvocationContext } from '@azure/functions';
import { getClient, input, OrchestrationRuntimeStatus } from 'durable-functions';
import { isActive, type InstanceStatus } from './instance-status';
import type { DurableClient } from './ports';

const terminalStatuses = [
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
];

/** Binding of the Durable client. An endpoint or timer that controls orchestrations declares it. */
export const durableClientInput = input.durableClient();

export function durableClientOf(context: InvocationContext): DurableClient {
  const client = getClient(context);
  const getStatus = async (instanceId: string) => {
    const instance = await client.getStatus(instanceId).catch((error: unknown) => {
      if (isInstanceNotFound(error)) return undefined;
      throw error;
    });
    return instance?.runtimeStatus as InstanceStatus | undefined;
  };
  const ignoreUnknown = (instanceId: string, operation: Promise<void>) =>
    operation.catch(async (error: unknown) => {
      if ((await getStatus(instanceId)) !== undefined) throw error;
    });
  return {
    async start(name, instanceId, input) {
      if ((await getStatus(instanceId)) === undefined)
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    },
    // Durable replaces a terminal instance by a new one under the same id.
    async restart(name, instanceId, input) {
      if (!isActive(await getStatus(instanceId)))
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    },
    getStatus,
    async raiseEvent(instanceId, event) {
      const receiving: readonly (InstanceStatus | undefined)[] = [
        'Pending',
        'Running',
        'Suspended',
      ];
      if (receiving.includes(await getStatus(instanceId)))
        await client.raiseEvent(instanceId, event, null);
    },
    suspend: (id) => ignoreUnknown(id, client.suspend(id, 'paused')),
    resume: (id) => ignoreUnknown(id, client.resume(id, 'resumed')),
    terminate: (id) => ignoreUnknown(id, client.terminate(id, 'terminated')),
    async purgeHistory(before) {
      await client.purgeInstanceHistoryBy({
        createdTimeFrom: new Date(0),
        createdTimeTo: before,
        runtimeStatus: terminalStatuses,
      });
    },
  };
}

/** A concurrent call was faster: Durable starts no second instance under an active id. */
function ignoreAlreadyStarted(error: unknown): void {
  if (!isAlreadyStarted(error)) throw error;
}

/** The SDK reports the status in the message only. */
export const isAlreadyStarted = (error: unknown): boolean =>
  String(error).includes('unexpected status code: 409');

/**
 * The SDK reports an unknown instance in the message only. The whole phrase is compared, because
 * ids and details of other errors may contain 404, and an instance that counts as unknown is
 * started again.
 */
export const isInstanceNotFound = (error: unknown): boolean =>
  String(error).includes('replied with HTTP 404 response');
