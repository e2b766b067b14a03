/** Starts the built Functions host with a small app of a test, as the stack does. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const project = join(__dirname, '../..');

export interface HostReady {
  readonly url: string;
  readonly port: number;
  readonly masterKey: string;
  readonly functions: readonly Record<string, unknown>[];
}

export interface RunningHost extends HostReady {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Stops the host. Returns the exit code. */
  stop(): Promise<number | null>;
}

export interface AppFolder {
  readonly root: string;
  readonly dataFolder: string;
  /** Rejects with the message of a host that cannot start. */
  start(options?: {
    port?: number;
    env?: Record<string, string>;
    offsetMs?: number;
    /** Address of the worker that runs the orchestrations. */
    primary?: string;
  }): Promise<RunningHost>;
  /** Stops running hosts and removes the folder. */
  remove(): Promise<void>;
}

/** Bundles a file of the project, or source text, as the product is bundled. */
export async function layOutApp(
  source: { file: string } | { contents: string },
  hostJson: object = {},
): Promise<AppFolder> {
  const root = await mkdtemp(join(tmpdir(), 'functions-host-'));
  const dataFolder = join(root, 'data');
  const entry: BuildOptions =
    'file' in source
      ? { entryPoints: [join(project, source.file)] }
      : { stdin: { contents: source.contents, resolveDir: project, loader: 'ts' } };
  await build({
    ...entry,
    outfile: join(root, 'dist/main.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'silent',
  });
  await writeFile(join(root, 'package.json'), JSON.stringify({ main: 'dist/main.js' }));
  await writeFile(join(root, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }));
  await mkdir(dataFolder);

  const running = new Set<ChildProcess>();
  return {
    root,
    dataFolder,
    async start({ port = 0, env = {}, offsetMs, primary } = {}) {
      const args = ['--root', root, '--port', String(port), '--data', dataFolder];
      if (primary !== undefined) args.push('--primary', primary);
      const child = fork(join(project, 'dist/local/host.js'), args, {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      running.add(child);
      child.once('exit', () => running.delete(child));
      if (offsetMs !== undefined) child.send({ type: 'clock', offsetMs });
      let printed = '';
      for (const stream of [child.stdout!, child.stderr!])
        stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      return { ...(await whenReady(child)), process: child, output: () => printed, stop };

      async function stop() {
        // "close" follows "exit", when all output has been read.
        const exited = once(child, 'close');
        child.send({ type: 'stop' });
        return ((await exited) as [number | null])[0];
      }
    },
    async remove() {
      for (const child of running) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}

const whenReady = (child: ChildProcess) =>
  new Promise<HostReady>((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`The host ended (${code}) before it was ready.`)),
    );
    child.once('message', (message: { type: string; message?: string }) => {
      if (message.type === 'ready') resolve(message as unknown as HostReady);
      else reject(new Error(message.message));
    });
  });
