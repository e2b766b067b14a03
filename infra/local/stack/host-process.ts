/**
 * The Functions host as a child process: started, told the time, stopped, and started again when it dies, as the
 * platform does with a worker that crashed.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface HostOptions {
  /** The built host. */
  readonly program: string;
  /** The folder with host.json and package.json whose `main` is the bundle. */
  readonly root: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly env: Readonly<Record<string, string>>;
  /** A debugger can attach to the host at this port. */
  readonly inspectPort?: number;
  readonly log: (line: string) => void;
  readonly offsetMs: () => number;
  /** Called whenever a host is up: the first time, and after each restart. */
  readonly onReady: (ready: HostReady) => void;
  /** The host cannot be kept alive. */
  readonly onFailure: (error: Error) => void;
}

export interface HostReady {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  readonly masterKey: string;
}

export interface HostProcess {
  /** Tells the host the new offset of the clock. */
  shiftTo(offsetMs: number): void;
  /** Kills it without warning; another one takes its place. */
  kill(): void;
  /** The same, and waits until the other one is up. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Message =
  | ({ readonly type: 'ready' } & Omit<HostReady, 'pid'>)
  | { readonly type: 'failed'; readonly message: string };

const startTimeoutMs = 30_000;
const stopTimeoutMs = 20_000;
/** A host that dies this often within a minute has no future. */
const maxCrashesPerMinute = 20;

export async function startHost(options: HostOptions): Promise<HostProcess> {
  let child: ChildProcess;
  let port = options.port;
  let stopping = false;
  let up: Promise<void>;
  const deaths: number[] = [];
  /** Killed on purpose, which says nothing about its health. */
  let victim: ChildProcess | undefined;

  const start = async () => {
    const started = launch({ ...options, port });
    child = started.child;
    child.once('exit', (code, signal) => void died(started.child, signal ?? `exit code ${code}`));
    const ready = await started.ready;
    port = ready.port;
    options.onReady(ready);
  };

  const died = async (dead: ChildProcess, how: string) => {
    if (stopping || dead !== child) return;
    const now = performance.now();
    if (dead !== victim) deaths.push(now);
    if (deaths.filter((at) => at > now - 60_000).length > maxCrashesPerMinute)
      return options.onFailure(new Error(`The Functions host keeps dying (${how}).`));
    options.log(`The Functions host died (${how}); starting it again.`);
    up = start();
    // One that does not get ready ends as well, and its end brings the next.
    await up.catch((error: unknown) => options.log(String(error)));
  };

  const kill = () => {
    victim = child;
    child.kill('SIGKILL');
  };

  up = start();
  await up;
  return {
    shiftTo: (offsetMs) => void child.send({ type: 'clock', offsetMs }),
    kill,
    async restart() {
      const before = child;
      kill();
      await once(before, 'exit');
      while (child === before && !stopping) await sleep(5);
      for (let tried = up; ; tried = up) {
        const isUp = await tried.then(
          () => true,
          () => false,
        );
        if (isUp || stopping) return;
        while (up === tried && !stopping) await sleep(5);
      }
    },
    async stop() {
      stopping = true;
      await up.catch(() => undefined);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      child.send({ type: 'stop' });
      await gone;
      clearTimeout(deadline);
    },
  };
}

function launch(options: HostOptions) {
  const { program, root, port, dataFolder, env, inspectPort, log, offsetMs } = options;
  const args = ['--root', root, '--port', String(port), '--data', dataFolder];
  const child = fork(program, args, {
    env: { ...(process.stdout.isTTY && { FORCE_COLOR: '1' }), ...inheritedEnvironment(), ...env },
    execArgv: [
      ...process.execArgv,
      ...(inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]),
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C reaches the stack alone, which then stops its parts in order.
    detached: true,
  });
  for (const output of [child.stdout!, child.stderr!]) createInterface(output).on('line', log);
  if (offsetMs() !== 0) child.send({ type: 'clock', offsetMs: offsetMs() });
  const ready = new Promise<HostReady>((resolve, reject) => {
    const timeout = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('The Functions host did not get ready in time.'));
    }, startTimeoutMs);
    child.on('message', (message: Message) => {
      clearTimeout(timeout);
      if (message.type === 'failed') reject(new Error(message.message));
      else resolve({ ...message, pid: child.pid! });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timeout);
      reject(new Error(`The Functions host ended before it was ready (${signal ?? code}).`));
    });
    child.once('error', (error) => log(String(error)));
  });
  return { child, ready };
}

/** What a process needs of its context; nothing else leaks from the shell into the product. */
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'TZ', 'NO_COLOR', 'FORCE_COLOR'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
