/** The part of the Durable client we use. Nobody else calls getClient, so its next version ends here. */
import type { InvocationContext } from '@azure/functions';
import { getClient, input, OrchestrationRuntimeStatus } from 'durable-functions';
import { isActive, type InstanceStatus } from './instance-status';
import type { DurableClient } from './ports';

const ended = [
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
];

/** The binding that brings the client; an endpoint or timer that starts something declares it. */
export const durableClientInput = input.durableClient();

export function durableClientOf(context: InvocationContext): DurableClient {
  const client = getClient(context);
  const status = async (instanceId: string) => {
    const instance = await client.getStatus(instanceId).catch((error: unknown) => {
      if (isInstanceNotFound(error)) return undefined;
      throw error;
    });
    return instance?.runtimeStatus as InstanceStatus | undefined;
  };
  const unlessUnknown = (instanceId: string, asking: Promise<void>) =>
    asking.catch(async (error: unknown) => {
      if ((await status(instanceId)) !== undefined) throw error;
    });
  return {
    getStatus: status,
    async raiseEvent(instanceId, event) {
      const running: readonly (InstanceStatus | undefined)[] = ['Pending', 'Running', 'Suspended'];
      if (running.includes(await status(instanceId)))
        await client.raiseEvent(instanceId, event, null);
    },
    // Durable lets a new instance take the place of one that has ended.
    async restart(name, instanceId, input) {
      if (!isActive(await status(instanceId)))
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    },
    suspend: (id) => unlessUnknown(id, client.suspend(id, 'paused')),
    resume: (id) => unlessUnknown(id, client.resume(id, 'resumed')),
    terminate: (id) => unlessUnknown(id, client.terminate(id, 'terminated')),
    async purgeHistory(before) {
      await client.purgeInstanceHistoryBy({
        createdTimeFrom: new Date(0),
        createdTimeTo: before,
        runtimeStatus: ended,
      });
    },
    async start(name, instanceId, input) {
      if ((await status(instanceId)) === undefined)
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    },
  };
}

/** Somebody else was faster: Durable starts no instance under an id that is at work. */
function ignoreAlreadyStarted(error: unknown): void {
  if (!isAlreadyStarted(error)) throw error;
}

/** The library tells this, too, by its words alone. */
export const isAlreadyStarted = (error: unknown): boolean =>
  String(error).includes('unexpected status code: 409');

/**
 * The library tells an unknown instance by words alone. Only its own words count: ids and details of other failures
 * may hold the same digits, and an instance that is thought unknown is started again.
 */
export const isInstanceNotFound = (error: unknown): boolean =>
  String(error).includes('replied with HTTP 404 response');
