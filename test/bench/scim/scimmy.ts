/** Installs scimmy-routers and express into a temporary folder, and runs them as a server. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../infra/local/emulator/project-root';
import type { Target } from '../load';

const packages = ['scimmy@1.3.5', 'scimmy-routers@1.3.2', 'express@5.1.0'];
const installMs = 120_000;

export interface PeerServer extends Target {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Undefined if the packages cannot be installed, for example without a network. */
export async function startScimmy(): Promise<PeerServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'adf-connect-bench-scimmy-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await copyFile(
    join(projectRoot(), 'test/bench/scim/scimmy-server.mjs'),
    join(folder, 'server.mjs'),
  );
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
      { cwd: folder, timeout: installMs },
    );
  } catch {
    await remove();
    return undefined;
  }
  const token = randomUUID();
  const child = spawn(process.execPath, ['server.mjs', token], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    baseUrl: line.toString().trim(),
    token,
    pid: child.pid!,
    async stop() {
      child.kill();
      await once(child, 'exit');
      await remove();
    },
  };
}
