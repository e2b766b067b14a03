/** Canary secrets in credentials and factories, searched for in every output. */
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { startRunningStack, type RunningStack } from './support/stack';
import { listAllResources, syncedConnector } from './support/journey';
import { allRows } from './support/tables';

const canaries = {
  connectionString: 'canary-Connection5tring',
  accountKey: 'Q2FuYXJ5LUFjY291bnRLZXktMTIzNDU2Nzg5MA==',
  secureString: 'canary-SecureStr1ng',
  authenticationHeader: 'canary-AuthHeader7',
  parameter: 'canary-PipelineParameter8',
};

function factoryWithSecrets(): string {
  const folder = mkdtempSync(join(tmpdir(), 'adf-connect-canary-'));
  const addResource = (kind: string, name: string, properties: object) => {
    mkdirSync(join(folder, kind), { recursive: true });
    writeFileSync(join(folder, kind, `${name}.json`), JSON.stringify({ name, properties }));
  };
  addResource('linkedService', 'Sql', {
    type: 'AzureSqlDatabase',
    typeProperties: {
      connectionString: `Server=tcp:sql.contoso.example;Database=sales;User ID=loader;Password=${canaries.connectionString}`,
    },
  });
  addResource('linkedService', 'Blob', {
    type: 'AzureBlobStorage',
    typeProperties: {
      connectionString: `DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=${canaries.accountKey}`,
    },
  });
  addResource('linkedService', 'Rest', {
    type: 'RestService',
    typeProperties: {
      url: 'https://api.contoso.example',
      password: { type: 'SecureString', value: canaries.secureString },
    },
  });
  addResource('pipeline', 'Load', {
    parameters: { apiKey: { type: 'securestring', defaultValue: canaries.parameter } },
    activities: [
      {
        name: 'Call',
        type: 'WebActivity',
        typeProperties: {
          url: 'https://api.contoso.example/run',
          method: 'GET',
          headers: { Authorization: `Bearer ${canaries.authenticationHeader}` },
        },
      },
    ],
  });
  return folder;
}

let stack: RunningStack;
/** The body of every response. */
const responses: string[] = [];
beforeAll(async () => {
  stack = await startRunningStack({
    arguments: ['--factories', factoryWithSecrets()],
    storageOnDisk: true,
  });
  const real = stack;
  stack = {
    ...stack,
    async call(method, path, options) {
      const response = await real.call(method, path, options);
      responses.push(JSON.stringify(response.body ?? ''));
      return response;
    },
  };
  const connectorId = await syncedConnector(stack, 'canaries');
  for (const { id } of await listAllResources(stack, connectorId))
    await stack.call('GET', `/api/connectors/${connectorId}/resources/${id}`);
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

/** Secrets in credentials and in the factory. */
async function plantedSecrets(): Promise<string[]> {
  const { sample } = await stack.description();
  return [...Object.values(canaries), sample.clientSecret];
}

describe('secrets', () => {
  it('are in no table', async () => {
    const tables = await allRows(await stack.description());

    const text = [...tables].map(([name, rows]) => `${name} ${textOf(rows)}`).join('\n');

    for (const secret of await plantedSecrets()) expect(text).not.toContain(secret);
    // Proves that the search finds text beside the secrets.
    expect(text).toContain('sql.contoso.example');
    expect(tables.size).toBeGreaterThan(6);
  });

  it('are in no response and no log line', async () => {
    const text = [stack.output(), ...responses].join('\n');

    for (const secret of await plantedSecrets()) expect(text).not.toContain(secret);
    expect(text).toContain('sql.contoso.example');
    expect(text).toContain('[redacted]');
  });

  it('are in no file except those of Key Vault and Entra', async () => {
    const text = await filesOf(stack.dataFolder, /key-vault|entra\.json|stack\.json/);

    for (const secret of await plantedSecrets()) expect(text).not.toContain(secret);
    expect(text).toContain('syncConnector');
  });
});

/** Text of rows, with compressed properties decompressed. */
function textOf(rows: readonly Record<string, unknown>[]): string {
  return rows
    .map((row) =>
      Object.values(row)
        .map((value) => (value instanceof Uint8Array ? decompressed(value) : JSON.stringify(value)))
        .join(' '),
    )
    .join('\n');
}

async function filesOf(folder: string, but: RegExp): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !but.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

function decompressed(bytes: Uint8Array): string {
  for (const open of [gunzipSync, brotliDecompressSync, inflateSync])
    try {
      return open(bytes).toString('utf8');
    } catch {
      continue;
    }
  return Buffer.from(bytes).toString('latin1');
}
