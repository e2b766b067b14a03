/** Tables of a contract test: each asks for its own, so that the order of tests does not matter. */
import type { TableClient } from '@azure/data-tables';
import type { TableName } from '../../functions/azure/tables/table-names';
import { openTable } from '../../functions/azure/table-storage/table-client';
import type { Storage } from '../../infra/local/storage/storage';

let opened = 0;

export async function aTable(storage: Storage): Promise<TableClient> {
  const name = `contract${process.pid}x${++opened}`;
  await storage.ensureTables([name]);
  return openTable(storage.connectionString, name as TableName, nobody);
}

const nobody = { getToken: () => Promise.reject(new Error('A key needs no token.')) };
