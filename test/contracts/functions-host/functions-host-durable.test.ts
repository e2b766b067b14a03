/** Durable functions in the Functions host, with Azurite. */
import { once } from 'node:events';
import { startStorage, type Storage } from '../../../infra/local/storage/storage';
import { layOutApp, type AppFolder, type RunningHost } from '../../support/functions-host';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let storage: Storage;
let folder: AppFolder;
let host: RunningHost;

beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  storage = await startStorage(emulatorContext, { inMemory: true });
  folder = await layOutApp(
    { file: 'test/fixtures/functions-host-durable-app.ts' },
    { extensions: { durableTask: { hubName: 'hosttest' } } },
  );
  host = await folder.start({ env: env() });
});
afterAll(async () => {
  await folder.remove();
  await storage.stop();
  await emulatorContext.remove();
});

const env = () => ({
  AzureWebJobsStorage: storage.connectionString,
  NODE_EXTRA_CA_CERTS: emulatorContext.certificates.authorityFile,
});
const greeting = (id: string, path = '', init?: RequestInit) =>
  fetch(`${host.url}/api/greetings/${id}${path}`, init);
const until = async (id: string, runtimeStatus: string) => {
  for (;;) {
    const status = (await (await greeting(id)).json()) as {
      runtimeStatus: string;
      output: unknown;
    };
    if (status.runtimeStatus === runtimeStatus) return status;
  }
};
const hangingApp = `
  import { app } from '@azure/functions';
  import * as df from 'durable-functions';
  app.setup({ enableHttpStream: true });
  df.app.activity('hang', { handler: () => new Promise(() => undefined) });
  df.app.orchestration('main', function* (context) {
    yield context.df.callActivity('hang');
  });
  app.http('begin', {
    methods: ['POST'],
    extraInputs: [df.input.durableClient()],
    handler: async (_, context) => ({
      body: await df.getClient(context).startNew('main', { instanceId: 'hanging' }),
    }),
  });`;
const start = (id: string) => greeting(id, '', { method: 'POST' });
const name = (id: string, body: string) => greeting(id, '/name', { method: 'PUT', body });

describe('Durable functions in the host', () => {
  it('complete with activities and events', async () => {
    await start('ada');

    await name('ada', 'Ada');

    expect(await until('ada', 'Completed')).toEqual({
      runtimeStatus: 'Completed',
      output: 'HELLO, Ada',
    });
  });

  it('continue after a restart of the host', async () => {
    await start('grace');
    await until('grace', 'Running');

    await host.stop();
    host = await folder.start({ env: env() });
    await name('grace', 'Grace');

    expect(await until('grace', 'Completed')).toMatchObject({ output: 'HELLO, Grace' });
  });

  it('require the key for the management API', async () => {
    const url = `${host.url}/runtime/webhooks/durabletask/instances/ada`;

    const responses = [await fetch(url), await fetch(`${url}?code=${host.masterKey}`)];

    expect(responses.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('require the storage setting', async () => {
    await expect(folder.start()).rejects.toThrow('The setting AzureWebJobsStorage is missing');
  });
});

describe('an activity that exceeds functionTimeout', () => {
  it('fails, and its worker ends to be started again', async () => {
    const slow = await layOutApp(
      { contents: hangingApp },
      { functionTimeout: '00:00:01', extensions: { durableTask: { hubName: 'timeouttest' } } },
    );
    const first = await slow.start({ env: env() });
    const ended = once(first.process, 'exit');
    await fetch(`${first.url}/api/begin`, { method: 'POST' });
    const [exitCode] = await ended;

    const second = await slow.start({ env: env() });
    const url = `${second.url}/runtime/webhooks/durabletask/instances/hanging`;
    const status = await (await fetch(`${url}?code=${second.masterKey}`)).json();
    await slow.remove();

    expect(exitCode).toBe(1);
    expect(status).toMatchObject({ runtimeStatus: 'Failed' });
    expect(first.output()).toContain("Timeout value of 00:00:01 exceeded by function 'hang'");
  });
});

describe('two workers', () => {
  it('share orchestrations, and run activities in turn', async () => {
    const other = await folder.start({ env: env(), primary: host.url });
    host.process.send({ type: 'peers', urls: [other.url] });
    const names = ['one', 'two', 'three', 'four'];

    for (const each of names) await fetch(`${other.url}/api/greetings/${each}`, { method: 'POST' });
    for (const each of names) await name(each, each);
    const outputs = await Promise.all(names.map((each) => until(each, 'Completed')));
    await other.stop();

    expect(outputs.map(({ output }) => output)).toEqual(names.map((each) => `HELLO, ${each}`));
    expect(other.output().match(/shout +ok/g)).toHaveLength(2);
    expect(other.output()).not.toMatch(/greet +ok/);
  });

  it('run an activity here if the other worker has died', async () => {
    const other = await folder.start({ env: env(), primary: host.url });
    host.process.send({ type: 'peers', urls: [other.url] });
    other.process.kill('SIGKILL');

    for (const each of ['five', 'six']) {
      await start(each);
      await name(each, each);
    }

    for (const each of ['five', 'six'])
      expect(await until(each, 'Completed')).toMatchObject({ output: `HELLO, ${each}` });
  });
});
