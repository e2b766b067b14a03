/** Stores the last run of each timer, so that a run missed during a restart is detected. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Property names as in the timer trigger. */
export interface ScheduleStatus {
  readonly Last: string;
  readonly Next: string;
  readonly LastUpdated: string;
}

export interface TimerStatusStore {
  read(name: string): Promise<ScheduleStatus | undefined>;
  write(name: string, status: ScheduleStatus): Promise<void>;
}

/** Value of the platform for a timer that has never run. */
export const neverRan = '0001-01-01T00:00:00+00:00';

export function timerStatusFiles(folder: string): TimerStatusStore {
  const fileOf = (name: string) => join(folder, `${name}.json`);
  return {
    async read(name) {
      const text = await readFile(fileOf(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : parse(text);
    },
    async write(name, status) {
      await mkdir(folder, { recursive: true });
      // Write atomically, because the process may end at any moment.
      await writeFile(`${fileOf(name)}.new`, JSON.stringify(status));
      await rename(`${fileOf(name)}.new`, fileOf(name));
    },
  };
}

/** A damaged status counts as missing, so the timer starts like a new one. */
function parse(text: string): ScheduleStatus | undefined {
  try {
    const status = JSON.parse(text) as ScheduleStatus;
    return Number.isNaN(Date.parse(status.LastUpdated)) ? undefined : status;
  } catch {
    return undefined;
  }
}
