import { TableClient, type TransactionAction } from '@azure/data-tables';
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AzuriteOptions } from '../../../infra/local/storage/azurite-process';
import { startEntra } from '../../../infra/local/entra/entra';
import { projectRoot } from '../../../infra/local/emulator/project-root';
import { startStorage, type Storage } from '../../../infra/local/storage/storage';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let context: TestEmulatorContext;
let storage: Storage;
const running: (() => Promise<void>)[] = [];
async function start(emulators: TestEmulatorContext, options?: AzuriteOptions): Promise<Storage> {
  const started = await startStorage(emulators, options);
  running.push(() => started.stop());
  return started;
}
beforeAll(async () => {
  context = await testEmulatorContext();
  storage = await start(context);
});
afterAll(async () => {
  for (const stop of running) await stop();
  await context.remove();
});
afterEach(async () => {
  context.faults.clear();
  context.clock.shiftTo(0);
  await storage.settle();
  context.journal.clear();
});

/** Azurite validates the claims of a token, but not its signature. */
const identity: TokenCredential = {
  async getToken() {
    const now = Math.floor(context.clock.now().getTime() / 1000);
    const claims = {
      aud: 'https://storage.azure.com',
      iss: 'https://sts.windows.net/0f0e1d2c-0000-4000-8000-00000000ad0f/',
      iat: now - 5,
      nbf: now - 5,
      exp: now + 3600,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return {
      token: `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`,
      expiresOnTimestamp: Date.now() + 1,
    };
  },
};
const noRetries = { retryOptions: { maxRetries: 0 } };

let opened = 0;
async function aTable({ url = storage.tablesUrl, ...options } = {}): Promise<TableClient> {
  const name = `rows${++opened}`;
  await storage.ensureTables([name]);
  return new TableClient(url, name, identity, { ...noRetries, ...options });
}
const row = (rowKey: string) => ({ partitionKey: 'contoso', rowKey, name: 'Sales' });

async function journal() {
  await storage.settle();
  return context.journal.read({ service: 'storage' });
}

describe('storage of the local stack', () => {
  it('opens a table with the identity of the app', async () => {
    const table = await aTable({ url: storage.env['STORAGE__tableServiceUri']! });

    await table.createEntity(row('one'));

    expect(await table.getEntity('contoso', 'one')).toMatchObject({ name: 'Sales' });
  });

  it('accepts a token of the Entra emulator', async () => {
    const before = process.env;
    const entra = await startEntra(context);
    process.env = { ...before, ...entra.env };
    const { tableName } = await aTable();
    const table = new TableClient(storage.tablesUrl, tableName, new DefaultAzureCredential());

    await table.createEntity(row('one'));

    expect(await count(table)).toBe(1);
    process.env = before;
    await entra.stop();
  });

  it('opens a table with the connection string of the Functions host', async () => {
    const { AzureWebJobsStorage } = storage.env;
    const table = TableClient.fromConnectionString(AzureWebJobsStorage!, 'fromHost');

    await table.createTable();

    await expect(table.createEntity(row('one'))).resolves.toHaveProperty('etag');
  });

  it('records each request in the journal', async () => {
    const table = await aTable();

    await table.createEntity(row('one'));

    expect((await journal()).at(-1)).toMatchObject({
      service: 'storage',
      method: 'POST',
      path: `/devstoreaccount1/${table.tableName}`,
      status: 204,
    });
  });

  it('records table, count and first key of a transaction', async () => {
    const table = await aTable();
    const actions = Array.from({ length: 100 }, (_, index): TransactionAction => [
      'upsert',
      { ...row(`row${index}`), text: 'PUT https://x/devstoreaccount1/other HTTP/1.1\r\n' },
    ]);

    await table.submitTransaction(actions);

    const [batch] = (await journal()).filter(({ path }) => path.includes('$batch'));
    expect(batch).toMatchObject({
      status: 202,
      path: `/devstoreaccount1/$batch ${table.tableName} ×100 RowKey='row0'`,
    });
  });

  it('does not record a shared access signature', async () => {
    const url = `${storage.tablesUrl}/Tables?sv=2020-08-04&sig=abc%2Bdef%3D&ss=t`;

    await fetch(url);

    const [entry] = (await journal()).slice(-1);
    expect(entry?.path).toBe('/devstoreaccount1/Tables?sv=2020-08-04&sig=redacted&ss=t');
  });
});

describe('faults of storage', () => {
  it('refuse two writes and accept the third', async () => {
    const table = await aTable();
    context.faults.add({ service: 'storage', kind: 'status', count: 2, path: '^POST' });
    await storage.settle();

    const write = (key: string) => table.createEntity(row(key)).catch((error) => error.statusCode);
    const responses = [await write('one'), await write('two'), await write('three')];

    expect(responses).toEqual([503, 503, expect.objectContaining({ etag: expect.any(String) })]);
    expect(await count(table)).toBe(1);
    await storage.settle();
    expect(context.faults.list()).toEqual([]);
  });

  it('keep their remaining count when another fault is added', async () => {
    const table = await aTable();
    context.faults.add({ service: 'storage', kind: 'status', count: 2, path: '^POST' });
    await storage.settle();
    const write = (key: string) => table.createEntity(row(key)).catch((error) => error.statusCode);

    await write('one');
    context.faults.add({ service: 'storage', kind: 'status', path: 'nowhere' });
    await storage.settle();

    expect([await write('two'), await write('three')]).toEqual([503, expect.any(Object)]);
  });

  it('let the SDK retry after Retry-After', async () => {
    const table = await aTable({ retryOptions: { maxRetries: 2 } } as object);
    context.faults.add({
      service: 'storage',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 0,
      count: 1,
    });
    await storage.settle();

    await table.createEntity(row('one'));

    expect((await journal()).map(({ status }) => status).slice(-2)).toEqual([429, 204]);
  });

  it('store the row although the response is lost', async () => {
    const table = await aTable();
    context.faults.add({ service: 'storage', kind: 'reset', count: 1 });
    await storage.settle();

    const outcome = await table.createEntity(row('one')).catch((error: Error) => error);

    expect(outcome).toMatchObject({ code: 'ECONNRESET' });
    expect(await count(table)).toBe(1);
    expect((await journal()).map(({ status }) => status)).toContain(0);
  });

  it('fail a read whose response is truncated', async () => {
    const table = await aTable();
    await table.createEntity(row('one'));
    context.faults.add({ service: 'storage', kind: 'truncate', count: 1 });
    await storage.settle();

    await expect(count(table)).rejects.toThrow(/.+/);

    expect(await count(table)).toBe(1);
  });

  it('complete a read whose response is slow', async () => {
    const table = await aTable();
    for (const each of ['one', 'two']) await table.createEntity(row(each));
    context.faults.add({ service: 'storage', kind: 'slow-body', delayMs: 80, count: 1 });
    await storage.settle();
    const started = performance.now();

    expect(await count(table)).toBe(2);

    expect(performance.now() - started).toBeGreaterThan(75);
    expect((await journal()).at(-1)).toMatchObject({ fault: 'slow-body', status: 200 });
  });

  it('leave a write without response and without effect', async () => {
    const table = await aTable();
    context.faults.add({ service: 'storage', kind: 'no-response', count: 1 });
    await storage.settle();

    const write = table.createEntity(row('one'), { abortSignal: AbortSignal.timeout(80) });

    await expect(write).rejects.toThrow('aborted');
    expect(await count(table)).toBe(0);
  });

  it.each([
    ['kill', 0],
    ['kill-after', 3],
  ] as const)('kill the host by %s with %i rows written', async (kind, rows) => {
    const table = await aTable();
    const other = await aTable();
    let killed = 0;
    context.faults.onKill(() => killed++);
    const path = `batch ${table.tableName} ×3`;
    context.faults.add({ service: 'storage', kind, path, skip: 1, count: 1 });
    await storage.settle();
    const threeUpserts = (prefix: string) =>
      ['one', 'two', 'three'].map((name): TransactionAction => [
        'upsert',
        row(`${prefix} ${name}`),
      ]);

    await other.submitTransaction(threeUpserts('other'));
    await table.submitTransaction(threeUpserts('first'));
    const before = killed;
    const controller = new AbortController();
    const write = table.submitTransaction(threeUpserts('second'), {
      abortSignal: controller.signal,
    });
    while (killed === before) await storage.settle();
    controller.abort();

    await expect(write).rejects.toThrow('aborted');
    expect([before, killed]).toEqual([0, 1]);
    expect(await count(table)).toBe(3 + rows);
  });

  it('delay a write', async () => {
    const table = await aTable();
    context.faults.add({ service: 'storage', kind: 'delay', delayMs: 80, count: 1 });
    await storage.settle();

    await table.createEntity(row('one'));

    const [entry] = (await journal()).slice(-1);
    expect(entry).toMatchObject({ status: 204 });
    expect(entry!.durationMs).toBeGreaterThanOrEqual(75);
  });
});

describe('storage with a moved clock', () => {
  const year = 365 * 86_400_000;

  it.each([
    ['a year ahead', year],
    ['a year behind', -year],
  ])('accepts a current token if the clock is %s', async (_, offset) => {
    const table = await aTable();
    context.clock.shiftTo(offset);
    await storage.settle();

    await table.createEntity(row('one'));

    const { timestamp } = await table.getEntity('contoso', 'one');
    const now = context.clock.now().getTime();
    expect(Math.abs(Date.parse(timestamp!) - now)).toBeLessThan(60_000);
  });

  it('refuses an expired token', async () => {
    const { token } = (await identity.getToken([]))!;
    const table = await aTable();
    const expired: TokenCredential = {
      getToken: async () => ({ token, expiresOnTimestamp: Date.now() + year }),
    };
    const clientWithExpiredToken = new TableClient(
      storage.tablesUrl,
      table.tableName,
      expired,
      noRetries,
    );
    context.clock.shiftTo(year);
    await storage.settle();

    await expect(clientWithExpiredToken.createEntity(row('one'))).rejects.toMatchObject({
      statusCode: 403,
    });
  });
});

describe('stored data', () => {
  it('survives a stop, readable by its owner only', async () => {
    const own = await testEmulatorContext();
    const first = await start(own);
    await first.ensureTables(['persistent']);
    await open(first).createEntity(row('one'));

    await first.stop();
    const second = await start(own);

    expect(await count(open(second))).toBe(1);
    await second.stop();
    const folder = join(own.dataFolder, 'azurite');
    const files = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
    const modes = await Promise.all(
      [folder, ...files].map(async (file) => (await stat(file)).mode),
    );
    expect(modes.filter((mode) => (mode & 0o077) !== 0)).toEqual([]);
    await own.remove();

    function open({ connectionString }: Storage) {
      return TableClient.fromConnectionString(connectionString, 'persistent', noRetries);
    }
  });

  it('survives the kill of its stack', async () => {
    const own = await testEmulatorContext();
    const { certFile, keyFile } = own.certificates;
    const folder = join(own.dataFolder, 'azurite');
    const orphan = fork(
      join(projectRoot(), 'dist/local/azurite.js'),
      `--tablePort 0 --blobPort 0 --queuePort 0 --oauth basic --silent --disableTelemetry --cert ${certFile} --key ${keyFile} --location ${folder}`.split(
        ' ',
      ),
      { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] },
    );
    const url = await new Promise<string>((resolve) => {
      orphan.stdout!.on('data', (text: Buffer) => {
        const [, listening] =
          /Table service is successfully listening at (\S+)/.exec(text.toString()) ?? [];
        if (listening) resolve(listening);
      });
    });
    const table = new TableClient(`${url}/devstoreaccount1`, 'persistent', identity, noRetries);
    await table.createTable();
    await table.createEntity(row('one'));

    // The kernel closes the channel of a process whose parent was killed.
    orphan.disconnect();
    orphan.stdout!.destroy();
    await once(orphan, 'exit');

    const restarted = await start(own);
    const reopened = new TableClient(restarted.tablesUrl, 'persistent', identity, noRetries);
    expect(await count(reopened)).toBe(1);
    await restarted.stop();
    await own.remove();
  });

  it('is not on disk if storage runs in memory', async () => {
    const own = await testEmulatorContext();
    const inMemory = await start(own, { inMemory: true });
    await inMemory.ensureTables(['transient']);
    await expect(inMemory.restart()).rejects.toThrow('Storage is in memory only.');

    await inMemory.stop();

    expect(await readdir(join(own.dataFolder, 'azurite'))).toEqual([]);
    await own.remove();
  });

  it.each([
    ['listens', "'Blob', 'Queue', 'Table'", 'Azurite ended (code 3).'],
    ['has not started to listen', '', 'Azurite ended before it listened (code 3).'],
  ])('reports the end of a program that %s', async (_, services, expected) => {
    const own = await testEmulatorContext();
    const program = join(own.dataFolder, 'ends.js');
    const line = 'Azurite ${name} service is successfully listening at https://127.0.0.1:1';
    await writeFile(
      program,
      `for (const name of [${services}]) console.log(\`${line}\`); process.exitCode = 3; process.disconnect();`,
    );

    const failure = await new Promise<Error>((onFailure) => {
      startStorage(own, { program, onFailure }).catch(onFailure);
    });

    expect(failure.message).toBe(expected);
    await own.remove();
  });

  it('is empty after the tables are cleared', async () => {
    const [one, two] = [await aTable(), await aTable()];
    await Promise.all([one.createEntity(row('one')), two.createEntity(row('one'))]);

    await storage.clearTables();

    expect([await count(one), await count(two)]).toEqual([0, 0]);
  });
});

async function count(table: TableClient): Promise<number> {
  let rows = 0;
  for await (const _ of table.listEntities()) rows += 1;
  return rows;
}
