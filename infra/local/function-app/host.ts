/**
 * Entry of the Functions host process, which the stack forks and controls by IPC messages. To start
 * it alone: `node dist/local/host.js --root . --port 7071 --data .local`, with the settings in the
 * environment.
 */
import { parseArgs } from 'node:util';
import { shiftProcessClock } from '../emulator/clock';
import { bufferedOutput } from './buffered-output';
import type { Delivery } from './durable/delivery';
import { startDurable } from './durable/runtime';
import { startFunctionHost, type FunctionHost } from './function-host';

type HostCommand =
  | { readonly type: 'peers'; readonly urls: readonly string[] }
  | { readonly type: 'clock'; readonly offsetMs: number }
  | { readonly type: 'stop' };

/** Replaced before the bundle loads, so that the bundle sees no other clock. */
const shiftTo = shiftProcessClock();
/** Shorter than the time after which the stack kills the process. */
const maxStopMs = 15_000;
/** Enough to store the failure of an invocation that took too long. */
const timeoutExitMs = 500;

const output = bufferedOutput((text) => void process.stdout.write(text));
let host: FunctionHost | undefined;
let stopping: Promise<void> | undefined;
const started = start();

process.on('message', (command: HostCommand) => {
  if (command.type === 'stop') return stop();
  if (command.type === 'peers') return void started.then(() => host?.setPeers(command.urls));
  shiftTo(command.offsetMs);
  host?.clockMoved();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
// The parent process has ended, so nothing else would stop this one.
process.on('disconnect', stop);
process.on('exit', () => {
  host?.flushLog();
  output.flush();
});
// After the parent has ended, output fails; running invocations still finish.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

async function start(): Promise<void> {
  try {
    const { root, port, data, cors, primary, delivery } = readArguments();
    host = await startFunctionHost({
      root,
      port,
      cors,
      startDurable,
      primaryUrl: primary,
      delivery,
      onTimeout: () => setTimeout(() => process.exit(1), timeoutExitMs),
      dataFolder: data,
      env: process.env,
      write: output.write,
      color: process.stdout.isTTY && process.stdout.hasColors(),
    });
    // The clock may have been moved during the start.
    host.clockMoved();
    const { url, masterKey, functions } = host;
    if (process.send) process.send({ type: 'ready', url, port: host.port, masterKey, functions });
    else process.stdout.write(`Ready at ${url}\n`);
  } catch (error) {
    reportFailure(error);
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: process.cwd() },
      port: { type: 'string', default: '7071' },
      data: { type: 'string' },
      cors: { type: 'string' },
      primary: { type: 'string' },
      delivery: { type: 'string', default: '{}' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is not valid. Use a number from 0 to 65535.`);
  if (!values.data) throw new Error('--data is missing. Name the folder for keys and timers.');
  const { root, data, cors, primary } = values;
  return { root, port, data, cors, primary, delivery: JSON.parse(values.delivery) as Delivery };
}

function stop(): void {
  stopping ??= (async () => {
    setTimeout(() => process.exit(0), maxStopMs).unref();
    await started;
    await host?.stop();
    process.exit(0);
  })().catch(reportFailure);
}

/** Sends the error to the stack before the process ends. */
function reportFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  process.stderr.write(`${message}\n${cause instanceof Error ? `${cause.stack}\n` : ''}`);
  if (process.send) process.send({ type: 'failed', message }, () => process.exit(1));
  else process.exit(1);
}
