/** The stack as `npm start` runs it, on a data folder of its own, and clients of its APIs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackDescription } from '../../../infra/local/stack/stack';
import { builtOpenApi } from '../../support/openapi/document';
import { openApiValidator } from '../../support/openapi/validation';
import { until } from '../../support/until';

const program = join(__dirname, '../../../dist/local/start.js');
const document = openApiValidator(builtOpenApi());

export interface ApiResponse<T = any> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface RunningStack {
  readonly dataFolder: string;
  /** Current content of stack.json. */
  description(): Promise<StackDescription>;
  /** Everything the stack has printed so far. */
  output(): string;
  /** Calls the API. The response is validated against the OpenAPI document. */
  call<T = any>(method: string, path: string, options?: CallOptions): Promise<ApiResponse<T>>;
  /** Calls the control server. */
  control<T = any>(method: string, path: string, body?: unknown): Promise<T>;
  /** Kills the Functions host without warning. */
  killHost(): Promise<void>;
  /** Stops it as Ctrl-C does. Returns the exit code. */
  stop(): Promise<number | null>;
  /** Removes the data folder. */
  removeData(): Promise<void>;
}

export interface CallOptions {
  readonly as?: keyof StackDescription['tokens'] | { readonly token: string };
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StartOptions {
  readonly arguments?: readonly string[];
  /** Folder of an earlier run, whose data the stack continues with. */
  readonly dataFolder?: string;
  /** Whether a provisioning connection is created, as `npm start` does. */
  readonly scim?: boolean;
  /** Whether the sample connector is created and synced before the stack counts as ready. */
  readonly sampleSync?: boolean;
  /**
   * Whether storage is on disk, for tests that restart it or read its files. Writing the whole
   * database every few seconds takes much processor time.
   */
  readonly storageOnDisk?: boolean;
  /** Processes of the Functions host. Requests go to them in turn. */
  readonly workers?: number;
  /** Two workers, and queues that are slow and deliver twice. UNKIND=1 does this to every stack. */
  readonly unkind?: boolean;
  /** Variables of the shell, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startRunningStack(options: StartOptions = {}): Promise<RunningStack> {
  const dataFolder = options.dataFolder ?? (await newDataFolder());
  const unkind = options.unkind ?? process.env['UNKIND'] === '1';
  const child = spawn(
    process.execPath,
    [
      program,
      '--verbose',
      '--port=0',
      `--data=${dataFolder}`,
      ...(unkind ? ['--hop=30-200', '--redeliver=0.1'] : []),
      `--workers=${options.workers ?? (unkind ? 2 : 1)}`,
      ...(options.storageOnDisk ? [] : ['--in-memory']),
      ...(options.sampleSync ? [] : ['--no-sample-sync']),
      ...(options.scim ? [] : ['--no-scim']),
      ...(options.arguments ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await until(
    () => printed.includes('Ctrl-C stops everything') || assertRunning(child, printed),
    'the stack is ready',
  );
  const description = async () =>
    JSON.parse(await readFile(join(dataFolder, 'stack.json'), 'utf8')) as StackDescription;

  return {
    dataFolder,
    description,
    output: () => printed,
    call: async (method, path, options = {}) => call(await description(), method, path, options),
    async control(method, path, body) {
      const { controlUrl } = await description();
      const response = await fetch(`${controlUrl}${path}`, {
        method,
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    async killHost() {
      const { hostPid } = await description();
      process.kill(hostPid, 'SIGKILL');
      await until(async () => (await description()).hostPid !== hostPid, 'another host is up');
    },
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
      return child.exitCode;
    },
    removeData: () => rm(dataFolder, { recursive: true, force: true }),
  };
}

/** Holds the certificates that this process trusts, so that tests can read the tables. */
async function newDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adf-connect-e2e-'));
  const certificates = join(__dirname, '../../../dist/test/certificates');
  await cp(certificates, join(folder, 'certificates'), { recursive: true });
  await writeFile(join(folder, '.adf-connect'), '');
  return folder;
}

async function call<T>(
  { baseUrl, tokens }: StackDescription,
  method: string,
  path: string,
  { as = 'owner', body, headers = {} }: CallOptions,
): Promise<ApiResponse<T>> {
  const url = new URL(path, baseUrl);
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${typeof as === 'string' ? tokens[as] : as.token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const read = (text === '' ? undefined : isJson ? JSON.parse(text) : text) as T;
  const operationId = document.operationOf(method, url.pathname);
  if (operationId)
    document.assertDocumented({
      operationId,
      status: response.status,
      headers: response.headers,
      json: isJson ? read : undefined,
    });
  return { status: response.status, headers: response.headers, body: read };
}

function assertRunning(child: ChildProcess, printed: string): false {
  if (child.exitCode === null) return false;
  throw new Error(`The stack ended with ${child.exitCode}:\n${printed}`);
}
