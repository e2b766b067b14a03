/**
 * The process of the Functions host. The stack forks it, tells it the time and when to stop, and hears when it is ready;
 * by hand: `node dist/local/host.js --root . --port 7071 --data .local`, settings from the environment.
 */
import { parseArgs } from 'node:util';
import { shiftProcessClock } from '../emulator/clock';
import { startDurable } from './durable/runtime';
import { startFunctionHost, type FunctionHost } from './function-host';

type HostCommand =
  { readonly type: 'clock'; readonly offsetMs: number } | { readonly type: 'stop' };

/** Before the bundle loads, so that it never sees another clock. */
const shiftTo = shiftProcessClock();
/** The stack waits a little longer before it kills. */
const maxStopMs = 15_000;

let host: FunctionHost | undefined;
let stopping: Promise<void> | undefined;
const started = start();

process.on('message', (order: HostCommand) => {
  if (order.type === 'stop') return stop();
  shiftTo(order.offsetMs);
  host?.clockMoved();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
// Whoever forked this process is gone; nobody else would ever stop it.
process.on('disconnect', stop);
process.on('exit', () => host?.flushLog());
// Nobody reads any more; what was begun is still finished.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

async function start(): Promise<void> {
  try {
    const { root, port, data, cors } = readArguments();
    host = await startFunctionHost({
      root,
      port,
      cors,
      startDurable,
      dataFolder: data,
      env: process.env,
      write: (text) => void process.stdout.write(text),
      color: process.stdout.isTTY && process.stdout.hasColors(),
    });
    // The clock may have been moved while the host came up.
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
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port.`);
  if (!values.data) throw new Error('--data names the folder that keys and timers are kept in.');
  return { root: values.root, port, data: values.data, cors: values.cors };
}

function stop(): void {
  stopping ??= (async () => {
    setTimeout(() => process.exit(0), maxStopMs).unref();
    await started;
    await host?.stop();
    process.exit(0);
  })().catch(reportFailure);
}

/** The reason reaches the stack before the process is gone. */
function reportFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  process.stderr.write(`${message}\n${cause instanceof Error ? `${cause.stack}\n` : ''}`);
  if (process.send) process.send({ type: 'failed', message }, () => process.exit(1));
  else process.exit(1);
}
