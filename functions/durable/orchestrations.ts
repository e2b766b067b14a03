/** The part of the Durable client we use. Nobody else calls getClient, so its next version ends here. */
import type { InvocationContext } from '@azure/functions';
import { getClient, input } from 'durable-functions';

/** Where an instance stands, in Durable's own words. */
export type InstanceStatus =
  | 'Pending'
  | 'Running'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated'
  | 'ContinuedAsNew'
  | 'Canceled';

export interface Orchestrations {
  /** Starts an instance under an id of ours; nothing happens when that id is already known. */
  start(name: string, instanceId: string, input: unknown): Promise<void>;
  /** Nothing when no such instance is known (never started, or purged). */
  status(instanceId: string): Promise<InstanceStatus | undefined>;
}

/** The binding that brings the client; an endpoint or timer that starts something declares it. */
export const orchestrationClient = input.durableClient();

export function orchestrationsOf(context: InvocationContext): Orchestrations {
  const client = getClient(context);
  const status = async (instanceId: string) => {
    const instance = await client.getStatus(instanceId).catch((error: unknown) => {
      if (String(error).includes('404')) return undefined;
      throw error;
    });
    return instance?.runtimeStatus as InstanceStatus | undefined;
  };
  return {
    status,
    async start(name, instanceId, input) {
      if ((await status(instanceId)) === undefined)
        await client.startNew(name, { instanceId, input });
    },
  };
}
