/**
 * The Functions host as a child process. It is started again when it crashes, as Azure does with a
 * worker.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../function-app/durable/delivery';

export interface HostOptions {
  /** The built host. */
  readonly program: string;
  /** Folder with host.json and a package.json whose `main` is the bundle. */
  readonly root: string;
  readonly port: number;
  readonly dataFolder: string;
  /** Address of the worker that runs the orchestrations. Absent if this one does. */
  readonly primaryUrl?: string;
  readonly env: Readonly<Record<string, string>>;
  /** How unkind the queues of Durable Functions are. */
  readonly delivery?: Delivery;
  /** A debugger can attach to the host at this port. */
  readonly inspectPort?: number;
  readonly log: (line: string) => void;
  readonly offsetMs: () => number;
  /** Called when the host is ready, on the first start and after each restart. */
  readonly onReady: (ready: HostReady) => void;
  /** Called when the host has ended and will be started again. */
  readonly onDown?: () => void;
  /** Called when the host crashes too often to be started again. */
  readonly onFailure: (error: Error) => void;
}

export interface HostReady {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  readonly masterKey: string;
}

export interface HostProcess {
  /** Sends the new clock offset to the host. */
  shiftTo(offsetMs: number): void;
  /** Sends the addresses of the workers that run activities, too. */
  setPeers(urls: readonly string[]): void;
  /** Kills the host without warning. A new process is started. */
  kill(): void;
  /** Kills the host and waits until the new process is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Message =
  | ({ readonly type: 'ready' } & Omit<HostReady, 'pid'>)
  | { readonly type: 'failed'; readonly message: string };

const startTimeoutMs = 120_000;
const stopTimeoutMs = 20_000;
/** After more crashes within a minute the host is not started again. */
const maxCrashesPerMinute = 20;

export async function startHost(options: HostOptions): Promise<HostProcess> {
  let child: ChildProcess;
  let port = options.port;
  let stopping = false;
  let up: Promise<void>;
  const crashTimes: number[] = [];
  /** Killed on purpose, so not counted as a crash. */
  let killed: ChildProcess | undefined;

  const start = async () => {
    const started = launch({ ...options, port });
    child = started.child;
    child.once('exit', (code, signal) => void onExit(started.child, signal ?? `exit code ${code}`));
    const ready = await started.ready;
    port = ready.port;
    options.onReady(ready);
  };

  const onExit = async (exited: ChildProcess, reason: string) => {
    if (stopping || exited !== child) return;
    options.onDown?.();
    const now = performance.now();
    if (exited !== killed) crashTimes.push(now);
    if (crashTimes.filter((at) => at > now - 60_000).length > maxCrashesPerMinute)
      return options.onFailure(new Error(`The Functions host crashes repeatedly (${reason}).`));
    options.log(`The Functions host ended (${reason}). Starting it again.`);
    up = start();
    // A host that does not get ready ends, and its exit starts the next one.
    await up.catch((error: unknown) => options.log(String(error)));
  };

  const kill = () => {
    killed = child;
    child.kill('SIGKILL');
  };

  up = start();
  await up;
  return {
    shiftTo: (offsetMs) => void child.send({ type: 'clock', offsetMs }),
    setPeers: (urls) => void (child.connected && child.send({ type: 'peers', urls })),
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

/**
 * V8 lets garbage grow with the memory of the machine. An instance of the deployment has 2,048 MB
 * (instanceMemoryMB in infra/azure), of which it gives half to the heap.
 */
const heapOfInstance = ['--max-old-space-size=1024', '--max-semi-space-size=8'];
/** As in infra/azure. */
const allocation = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};

function launch(options: HostOptions) {
  const { program, root, port, dataFolder, primaryUrl, env, inspectPort, log, offsetMs } = options;
  const args = ['--root', root, '--port', String(port), '--data', dataFolder];
  if (primaryUrl !== undefined) args.push('--primary', primaryUrl);
  if (options.delivery) args.push('--delivery', JSON.stringify(options.delivery));
  const child = fork(program, args, {
    env: {
      ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
      ...inheritedEnvironment(),
      ...allocation,
      ...env,
    },
    execArgv: [
      ...heapOfInstance,
      ...process.execArgv,
      ...(inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]),
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A separate process group: Ctrl-C reaches only the stack, which stops its processes in order.
    detached: true,
  });
  for (const output of [child.stdout!, child.stderr!]) createInterface(output).on('line', log);
  if (offsetMs() !== 0) child.send({ type: 'clock', offsetMs: offsetMs() });
  const ready = new Promise<HostReady>((resolve, reject) => {
    const timeout = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The Functions host was not ready within ${startTimeoutMs / 1000} s.`));
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

/**
 * Environment variables that any process needs, and where a developer collects spans. No other
 * variable of the shell reaches the product.
 */
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'TZ', 'NO_COLOR', 'FORCE_COLOR'];
  names.push('OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS');
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
