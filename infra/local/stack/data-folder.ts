/** The data folder of a stack. Only one stack uses it at a time. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const marker = '.adf-connect';

/**
 * Deletes the content if `fresh`. Rejects a folder with other files, so that no user data is
 * deleted.
 */
export async function openDataFolder(folder: string, fresh: boolean): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(marker))
    throw new Error(`${folder} holds files of other programs. Choose another folder with --data.`);
  await stopRunningStack(folder);
  if (fresh)
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  await writeFile(join(folder, marker), '');
}

/** Stops the stack that runs on this folder and waits until its process has ended. */
async function stopRunningStack(folder: string): Promise<void> {
  const running = await readJson<{ pid: number; controlUrl: string }>(join(folder, 'stack.json'));
  if (!running || !isAlive(running.pid)) return;
  const stopped = await fetch(`${running.controlUrl}/stop`, { method: 'POST' }).catch(
    () => undefined,
  );
  if (!stopped?.ok) return; // the process id now belongs to another program
  for (let tries = 0; isAlive(running.pid) && tries < 300; tries++) await sleep(100);
  if (isAlive(running.pid))
    throw new Error(`A stack (process ${running.pid}) uses ${folder}. Stop it and start again.`);
}

/**
 * Returns the factory folders to serve: those of the command line, or those of the previous start.
 */
export async function resolveFactoryFolders(
  folder: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  const file = join(folder, 'factories.json');
  if (folders.length === 0) return (await readJson<string[]>(file)) ?? [];
  await writeJson(file, folders);
  return folders;
}

/** Writes atomically, readable by the owner only, because the files hold tokens. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Undefined if there is no such file, or no JSON in it. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
