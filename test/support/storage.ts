/**
 * Tables for contract tests. One Azurite serves the whole run and each test opens tables of its
 * own, so the order of tests does not matter. A suite that injects faults or restarts storage
 * starts its own Azurite.
 */
import { TableServiceClient, type TableClient } from '@azure/data-tables';
import type { TableName } from '../../functions/azure/tables/table-names';
import { openTable } from '../../functions/azure/table-storage/table-client';
import { startStorage, type Storage } from '../../infra/local/storage/storage';
import { testEmulatorContext, type TestEmulatorContext } from './emulator-context';

/** Environment variable with the connection string of the shared Azurite. */
export const sharedStorage = 'TEST_STORAGE_CONNECTION_STRING';

export interface TestStorage {
  /** Only to be read inside hooks and tests. */
  readonly connectionString: string;
  /** An empty table that no other test uses. */
  newTable(): Promise<TableClient>;
}

export interface OwnStorage extends TestStorage {
  /** Only to be read inside hooks and tests. */
  readonly storage: Storage;
  readonly context: TestEmulatorContext;
}

export const useStorage = (): TestStorage => ({
  get connectionString() {
    return sharedConnectionString();
  },
  newTable: () => newTable(sharedConnectionString()),
});

function sharedConnectionString(): string {
  const connectionString = process.env[sharedStorage];
  if (!connectionString) throw new Error('The shared storage is started for contract tests only.');
  return connectionString;
}

/** An Azurite for one test file, with clock, journal and faults of its own. */
export function useOwnStorage(): OwnStorage {
  let context: TestEmulatorContext;
  let storage: Storage;
  beforeAll(async () => {
    context = await testEmulatorContext();
    storage = await startStorage(context, { inMemory: true });
  });
  afterAll(async () => {
    await storage.stop();
    await context.remove();
  });
  return {
    get context() {
      return context;
    },
    get storage() {
      return storage;
    },
    get connectionString() {
      return storage.connectionString;
    },
    newTable: () => newTable(storage.connectionString),
  };
}

let tables = 0;

async function newTable(connectionString: string): Promise<TableClient> {
  const name = `contract${process.pid}x${++tables}x${Date.now()}`;
  await TableServiceClient.fromConnectionString(connectionString).createTable(name);
  return openTable(connectionString, name as TableName, noIdentity);
}

const noIdentity = { getToken: () => Promise.reject(new Error('A key needs no token.')) };
