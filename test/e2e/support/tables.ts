/** Table rows, read with the storage key and without the adapters. */
import { TableClient, TableServiceClient } from '@azure/data-tables';
import type { StackDescription } from '../../../infra/local/stack/stack';

export type Row = Record<string, unknown>;

export async function rowsOf({ azure }: StackDescription, table: string): Promise<Row[]> {
  const client = TableClient.fromConnectionString(azure.storageConnectionString, table);
  const rows: Row[] = [];
  for await (const row of client.listEntities()) rows.push(row);
  return rows;
}

export async function allRows(description: StackDescription): Promise<Map<string, Row[]>> {
  const { storageConnectionString } = description.azure;
  const tables = new Map<string, Row[]>();
  for await (const { name } of TableServiceClient.fromConnectionString(
    storageConnectionString,
  ).listTables())
    if (name) tables.set(name, await rowsOf(description, name));
  return tables;
}
