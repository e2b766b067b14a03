/**
 * The process of the Functions host. The stack forks it, tells it the time and when to stop, and hears when it is ready;
 * by hand: `node dist/local/host.js --root . --port 7071 --data .local`, settings from the environment.
 */
import { parseArgs } from 'node:util';
import { shiftProcessClock } from '../emulator/clock';
import { startDurable } from './durable/runtime';
import { startFunctionHost, type FunctionHost } from './function-host';

type Order = { readonly type: 'clock'; readonly offsetInMs: number } | { readonly type: 'stop' };

/** Before the bundle loads, so that it never sees another clock. */
const shiftTo = shiftProcessClock();
/** The stack waits a little longer before it kills. */
const mostMsToStop = 15_000;

let host: FunctionHost | undefined;
let stopping: Promise<void> | undefined;
const started = start();

process.on('message', (order: Order) => {
  if (order.type === 'stop') return end();
  shiftTo(order.offsetInMs);
  host?.clockMoved();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
// Whoever forked this process is gone; nobody else would ever stop it.
process.on('disconnect', end);
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
      colour: process.stdout.isTTY && process.stdout.hasColors(),
    });
    // The clock may have been moved while the host came up.
    host.clockMoved();
    const { url, masterKey, functions } = host;
    if (process.send) process.send({ type: 'ready', url, port: host.port, masterKey, functions });
    else process.stdout.write(`Ready at ${url}\n`);
  } catch (error) {
    fail(error);
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

function end(): void {
  stopping ??= (async () => {
    setTimeout(() => process.exit(0), mostMsToStop).unref();
    await started;
    await host?.stop();
    process.exit(0);
  })().catch(fail);
}

/** The reason reaches the stack before the process is gone. */
function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  process.stderr.write(`${message}\n${cause instanceof Error ? `${cause.stack}\n` : ''}`);
  if (process.send) process.send({ type: 'failed', message }, () => process.exit(1));
  else process.exit(1);
}
