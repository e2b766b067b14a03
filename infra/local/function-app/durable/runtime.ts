/**
 * The Durable runtime: runs orchestrations of the unmodified library and stores them in Table
 * Storage.
 */
import type { DurableOptions, DurableRuntime } from './durable-runtime';
import { Engine } from './engine';
import { InstanceTable } from './storage/instance-table';
import { handleManagement } from './management/management-api';

export async function startDurable(options: DurableOptions): Promise<DurableRuntime> {
  const { entities, storage, hubName } = options;
  if (entities.length > 0)
    throw new Error(`The local Durable runtime does not support entities: ${entities.join(', ')}.`);
  const table = new InstanceTable(storage, hubName);
  await table.open();
  const engine = new Engine(options, table);
  await engine.recover();
  return {
    handle: (request) => handleManagement(request, engine),
    clockMoved: () => engine.clockMoved(),
    stop: () => engine.stop(),
  };
}
