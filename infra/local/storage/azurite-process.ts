/**
 * Starts, controls and stops the Azurite process. The IPC channel carries clock, faults and
 * requests.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../emulator/project-root';
import type { EmulatorContext } from '../emulator/server';
import type { FromAzurite, ToAzurite } from './messages';

export interface AzuriteOptions {
  /** The built infra/local/storage/azurite.ts. Defaults to the one in dist. */
  readonly program?: string;
  /** Store nothing on disk. */
  readonly inMemory?: boolean;
  /** Ports of the blob, queue and table service. Free ports by default. */
  readonly ports?: readonly number[];
  /** Called if Azurite ends without being stopped. */
  readonly onFailure?: (error: Error) => void;
}

export interface Azurite {
  /** `Table` → `https://127.0.0.1:10002` */
  readonly urls: ReadonlyMap<string, string>;
  /**
   * Resolves when earlier clock and fault changes are applied and all requests are in the journal.
   */
  settle(): Promise<void>;
  /** Resolves when everything is on disk. */
  stop(): Promise<void>;
}

/** Enough time to write a large database to disk. */
const stopTimeoutMs = 30_000;
const constantFlags = '--oauth basic --silent --disableTelemetry --skipApiVersionCheck';

export async function startAzurite(
  context: EmulatorContext,
  { program, inMemory, ports, onFailure }: AzuriteOptions,
): Promise<Azurite> {
  const { certificates, dataFolder } = context;
  const folder = join(dataFolder, 'azurite');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const flags = [
    ...constantFlags.split(' '),
    ...['blob', 'queue', 'table'].flatMap((name, n) => [`--${name}Port`, `${ports?.[n] ?? 0}`]),
    ...['--cert', certificates.certFile].concat('--key', certificates.keyFile),
    // Azurite accepts only one of the two.
    ...(inMemory ? ['--inMemoryPersistence'] : ['--location', folder]),
  ];
  const child = fork(program ?? join(projectRoot(), 'dist/local/azurite.js'), flags, {
    // A separate process group: Ctrl-C reaches only the stack, which stops storage last.
    detached: true,
    cwd: folder,
    env: { ...process.env, AZURITE_ACCOUNTS: undefined, AZURITE_DB: undefined },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const settle = connectChannel(child, context);
  const ended = once(child, 'exit');
  const urls = await waitForUrls(child);
  let stopping = false;
  void ended.then(([code, signal]) => {
    if (!stopping) onFailure?.(new Error(`Azurite ended (${signal ?? `code ${code}`}).`));
  });
  return {
    urls,
    settle,
    async stop() {
      await settle();
      stopping = true;
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      send(child, { type: 'stop' });
      await ended;
      clearTimeout(deadline);
    },
  };
}

/**
 * Sends clock and fault changes and receives requests. The returned function waits for both
 * directions.
 */
function connectChannel(child: ChildProcess, { clock, faults, journal }: EmulatorContext) {
  let last = 0;
  const waiting = new Map<number, () => void>();
  child.on('message', (message: FromAzurite) => {
    if (message.type === 'requests') for (const entry of message.entries) journal.record(entry);
    if (message.type === 'fault-used-up') faults.remove(message.id);
    if (message.type === 'kill') faults.kill(message.worker);
    if (message.type === 'settled') waiting.get(message.id)?.();
  });
  child.once('exit', () => waiting.forEach((done) => done()));
  const shift = (offsetMs: number) => send(child, { type: 'clock', offsetMs });
  clock.onShift(shift);
  shift(clock.offsetMs);
  faults.onChange((active) => send(child, { type: 'faults', faults: active }));
  send(child, { type: 'faults', faults: faults.list() });
  return () =>
    new Promise<void>((resolve) => {
      const id = ++last;
      waiting.set(id, () => {
        waiting.delete(id);
        resolve();
      });
      if (!send(child, { type: 'settle', id })) waiting.get(id)?.();
    });
}

/** Returns false if the process has ended. */
function send(child: ChildProcess, message: ToAzurite): boolean {
  // A send error means that the process has just ended; the exit handler reports that.
  if (child.connected) child.send(message, () => {});
  return child.connected;
}

/** Azurite prints the port of each service, also those it chose for port 0. */
function waitForUrls(child: ChildProcess): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  return new Promise((resolve, reject) => {
    // Keep reading until the process ends, because a full pipe would block it.
    createInterface(child.stdout!).on('line', (line) => {
      const match = /^Azurite (\w+) service is successfully listening at (\S+)/.exec(line);
      if (match) urls.set(match[1]!, match[2]!);
      if (urls.size === 3) resolve(urls);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`Azurite ended before it listened (${signal ?? `code ${code}`}).`)),
    );
  });
}
