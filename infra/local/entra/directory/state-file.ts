/** Stores the state in one file, written atomically and readable by the owner only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { State } from './state';

export interface StateFile {
  readonly state: State;
  /** Schedules a write after a change. */
  readonly changed: () => void;
  /** Writes pending changes. */
  readonly close: () => Promise<void>;
}

const writeDelayMs = 50;

export async function openStateFile(file: string, seeded: State): Promise<StateFile> {
  const state = (await read(file)) ?? seeded;
  addMissing(state.tenants, seeded.tenants, ({ tenantId }) => tenantId);
  addMissing(state.apps, seeded.apps, ({ clientId }) => clientId);
  addMissing(state.users, seeded.users, ({ objectId }) => objectId);
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  /** Writes run one after another, so that the last one wins. */
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const before = writing;
    writing = (async () => {
      await before;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.tmp`, JSON.stringify(state, undefined, 1), { mode: 0o600 });
      await rename(`${file}.tmp`, file);
    })();
    return writing;
  };
  await write();
  return {
    state,
    changed: () => void (timer ??= setTimeout(() => void write(), writeDelayMs)),
    close: () => (timer ? write() : writing),
  };
}

/** A file of an earlier version lacks the tenants, apps and users that the seed has gained since. */
function addMissing<T>(items: T[], seeded: readonly T[], idOf: (item: T) => string): void {
  const known = new Set(items.map(idOf));
  items.push(...seeded.filter((item) => !known.has(idOf(item))));
}

async function read(file: string): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(
      `The state of the Entra emulator cannot be read: ${file}. Start with --fresh to replace it.`,
      { cause: error },
    );
  }
}
