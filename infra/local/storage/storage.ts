/**
 * Azure Storage on this machine: Azurite with TLS, for Entra tokens as well as for the account key.
 */
import { readFile } from 'node:fs/promises';
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline';
import { TableServiceClient } from '@azure/data-tables';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';
import { sample } from '../seed/sample';
import { startAzurite, type AzuriteOptions } from './azurite-process';
import type { Emulator, EmulatorContext } from '../emulator/server';

export interface Storage extends Emulator {
  /** Without a trailing slash: `https://127.0.0.1:10002/devstoreaccount1`. */
  readonly tablesUrl: string;
  readonly connectionString: string;
  /** Creates the tables that do not exist. */
  ensureTables(names: readonly string[]): Promise<void>;
  /** Creates the queues that do not exist. */
  ensureQueues(names: readonly string[]): Promise<void>;
  /** Deletes all rows of all tables. */
  clearTables(): Promise<void>;
  /**
   * Resolves when earlier clock and fault changes are applied and all requests are in the journal.
   */
  settle(): Promise<void>;
  /**
   * Stops Azurite and starts it again at the same URLs with the same data. Rejects if the data are
   * in memory only.
   */
  restart(): Promise<void>;
}

const account = 'devstoreaccount1';
/** The published key of Azurite. It is valid for no real account. */
const key =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export async function startStorage(
  context: EmulatorContext,
  options: AzuriteOptions = {},
): Promise<Storage> {
  let azurite = await startAzurite(context, options);
  const tablesUrl = `${azurite.urls.get('Table')}/${account}`;
  const connectionString = [
    'DefaultEndpointsProtocol=https',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    ...[...azurite.urls].map(([service, url]) => `${service}Endpoint=${url}/${account}`),
  ].join(';');
  // These clients trust the authority explicitly; the process of the stack need not.
  const tlsOptions = { ca: await readFile(context.certificates.authorityFile, 'utf8') };
  const tables = TableServiceClient.fromConnectionString(connectionString, { tlsOptions });
  const createQueue = queueCreator(`${azurite.urls.get('Queue')}/${account}`, tlsOptions);
  const ensureTables = async (names: readonly string[]) => {
    await Promise.all(names.map((name) => tables.createTable(name)));
  };
  return {
    env: {
      STORAGE__tableServiceUri: tablesUrl,
      STORAGE__queueServiceUri: `${azurite.urls.get('Queue')}/${account}`,
      STORAGE__credential: 'managedidentity',
      STORAGE__clientId: sample.home.identityClientId,
      AzureWebJobsStorage: connectionString,
    },
    tablesUrl,
    connectionString,
    ensureTables,
    async ensureQueues(names) {
      await Promise.all(names.map(createQueue));
    },
    async clearTables() {
      const names: string[] = [];
      for await (const { name } of tables.listTables()) if (name) names.push(name);
      await Promise.all(names.map((name) => tables.deleteTable(name)));
      await ensureTables(names);
    },
    settle: () => azurite.settle(),
    async restart() {
      if (options.inMemory)
        throw new Error('Storage is in memory only. Start the stack without --in-memory.');
      const ports = ['Blob', 'Queue', 'Table'].map((name) =>
        Number(new URL(azurite.urls.get(name)!).port),
      );
      await azurite.stop();
      azurite = await startAzurite(context, { ...options, ports });
    },
    stop: () => azurite.stop(),
  };
}

/** The client of queues cannot be told whom to trust, so the request is sent without it. */
function queueCreator(queuesUrl: string, tlsSettings: { readonly ca: string }) {
  const http = createDefaultHttpClient();
  const signature = generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.UTC(2100, 0)),
      permissions: AccountSASPermissions.parse('c'),
      services: 'q',
      resourceTypes: 'c',
    },
    new StorageSharedKeyCredential(account, key),
  ).toString();
  return async (name: string): Promise<void> => {
    const request = createPipelineRequest({
      url: `${queuesUrl}/${name}?${signature}`,
      method: 'PUT',
    });
    const { status } = await http.sendRequest(Object.assign(request, { tlsSettings }));
    // 204: it exists.
    if (status !== 201 && status !== 204)
      throw new Error(`The queue ${name} could not be created (${status}).`);
  };
}
