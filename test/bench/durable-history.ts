/** Size of the Durable history of a sync run. In Azure every event of a history is a row. */
import { readFile } from 'node:fs/promises';
import { TableClient } from '@azure/data-tables';
import type { Row } from '../../infra/local/function-app/durable/storage/documents';
import { readHostJson } from '../../infra/local/function-app/host-json';
import { projectRoot } from '../../infra/local/emulator/project-root';
import { readInstance } from '../../infra/local/function-app/durable/storage/rows';
import type { Stack } from '../../infra/local/stack/stack';

export interface StoredHistory {
  readonly instances: number;
  readonly events: number;
  readonly rows: number;
}

/**
 * Counts the orchestration of the run and its sub-orchestrations, whose instance ids contain the
 * run's id.
 */
export async function historyOf(stack: Stack, syncRunId: string): Promise<StoredHistory> {
  const { hubName } = readHostJson(projectRoot(), stack.settings);
  const partitions = new Map<string, Map<string, Row>>();
  for (const row of await rowsOf(stack, `${hubName}Instances`)) {
    if (!row.partitionKey.includes(syncRunId)) continue;
    const partition = partitions.get(row.partitionKey) ?? new Map<string, Row>();
    partitions.set(row.partitionKey, partition.set(row.rowKey, row));
  }
  const found = [...partitions.values()];
  return {
    instances: found.length,
    events: found.reduce(
      (sum, rows) => sum + (readInstance(rows)?.instance.execution.events.length ?? 0),
      0,
    ),
    rows: found.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Size in bytes as Table Storage counts it: two per character. */
export async function sizeOfRow(stack: Stack, table: string, id: string): Promise<number> {
  const row = (await rowsOf(stack, table)).find((each) => each['id'] === id);
  if (!row) throw new Error(`No row of ${table} has the id ${id}.`);
  return Object.entries(row).reduce(
    (sum, [name, value]) => sum + 2 * name.length + sizeOf(value),
    0,
  );
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  return value instanceof Uint8Array ? value.length : 8;
}

async function rowsOf(stack: Stack, table: string): Promise<Row[]> {
  const { azure, authorityFile } = stack.description();
  const client = TableClient.fromConnectionString(azure.storageConnectionString, table, {
    tlsOptions: { ca: await readFile(authorityFile, 'utf8') },
  });
  const rows: Row[] = [];
  for await (const row of client.listEntities()) rows.push(row as unknown as Row);
  return rows;
}
