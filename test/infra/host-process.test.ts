/** The Functions host as a child process that is started again after a crash. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost, type HostReady } from '../../infra/local/stack/host-process';

/** A host program that fails on its second start. */
const program = (folder: string) => `
  const { appendFileSync, readFileSync } = require('node:fs');
  const starts = ${JSON.stringify(join(folder, 'starts'))};
  appendFileSync(starts, '.');
  process.on('message', () => process.exit(0));
  if (readFileSync(starts, 'utf8').length === 2)
    process.send({ type: 'failed', message: 'Storage did not answer.' }, () => process.exit(1));
  else process.send({ type: 'ready', url: 'http://host', port: 1, masterKey: 'k' });
`;

describe('the host process', () => {
  it('is started again after a failed start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'adf-connect-host-'));
    await writeFile(join(folder, 'host.js'), program(folder));
    const ready: HostReady[] = [];
    const failures: Error[] = [];
    let secondIsUp = () => {};
    const second = new Promise<void>((resolve) => (secondIsUp = resolve));

    const host = await startHost({
      program: join(folder, 'host.js'),
      root: folder,
      port: 0,
      dataFolder: folder,
      env: {},
      log: () => undefined,
      offsetMs: () => 0,
      onReady: (each) => {
        if (ready.push(each) === 2) secondIsUp();
      },
      onFailure: (error) => failures.push(error),
    });
    process.kill(ready[0]!.pid, 'SIGKILL');
    await second;
    await host.stop();
    await rm(folder, { recursive: true });

    expect(ready).toHaveLength(2);
    expect(failures).toEqual([]);
  });
});
