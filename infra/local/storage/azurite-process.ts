/** The Azurite process as the stack sees it: started, told the time and the faults, heard, stopped. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../emulator/project-root';
import type { EmulatorContext } from '../emulator/server';
import type { FromAzurite, ToAzurite } from './messages';

export interface AzuriteOptions {
  /** The built infra/local/storage/azurite.ts. */
  readonly program?: string;
  /** Keeps nothing on disk. */
  readonly inMemory?: boolean;
  /** Of the blob, queue and table service; free ones when left out. */
  readonly ports?: readonly number[];
  /** Azurite ended although nobody stopped it. */
  readonly onFailure?: (error: Error) => void;
}

export interface Azurite {
  /** `Table` → `https://127.0.0.1:10002` */
  readonly urls: ReadonlyMap<string, string>;
  /** Resolves when every shift and fault of before is obeyed, and the journal holds all that was answered. */
  settle(): Promise<void>;
  /** Waits until everything is on disk. */
  stop(): Promise<void>;
}

/** What it takes to write a large database to disk. */
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
    // Azurite takes one or the other.
    ...(inMemory ? ['--inMemoryPersistence'] : ['--location', folder]),
  ];
  const child = fork(program ?? join(projectRoot(), 'dist/local/azurite.js'), flags, {
    // A group of its own: Ctrl-C reaches the stack alone, which stops storage last.
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

/** Tells the process of every shift and fault, and hears of every request. The returned function settles both. */
function connectChannel(child: ChildProcess, { clock, faults, journal }: EmulatorContext) {
  let last = 0;
  const waiting = new Map<number, () => void>();
  child.on('message', (message: FromAzurite) => {
    if (message.type === 'requests') for (const noted of message.noted) journal.record(noted);
    if (message.type === 'spent') faults.remove(message.id);
    if (message.type === 'kill') faults.kill();
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

/** False when the process is no longer there to listen. */
function send(child: ChildProcess, message: ToAzurite): boolean {
  // A failure to send means that it has just ended, which its exit says better.
  if (child.connected) child.send(message, () => {});
  return child.connected;
}

/** Asked for port 0, Azurite says which port each service got. */
function waitForUrls(child: ChildProcess): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  return new Promise((resolve, reject) => {
    // Read to the end of its life: a full pipe would hold it up.
    createInterface(child.stdout!).on('line', (line) => {
      const heard = /^Azurite (\w+) service is successfully listening at (\S+)/.exec(line);
      if (heard) urls.set(heard[1]!, heard[2]!);
      if (urls.size === 3) resolve(urls);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`Azurite ended before it listened (${signal ?? `code ${code}`}).`)),
    );
  });
}
