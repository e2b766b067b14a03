/** A Durable client that notes in the index what it starts and purges. */
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import type { OrchestrationIndex } from './ports';

export const indexedDurableClient = (
  client: DurableClient,
  index: OrchestrationIndex,
): DurableClient => ({
  ...client,
  async start(name, instanceId, input) {
    await Promise.all([
      index.noteStart(name, instanceId, input),
      client.start(name, instanceId, input),
    ]);
  },
  async restart(name, instanceId, input) {
    if (isActive(await client.getStatus(instanceId))) return;
    await index.noteRestart(name, instanceId, input);
    await client.restart(name, instanceId, input);
  },
  async purgeHistory(from, to) {
    await client.purgeHistory(from, to);
    await index.notePurge(from, to);
  },
});
