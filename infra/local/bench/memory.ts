/** The resident memory of another process, watched while something runs. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const lookEveryMs = 200;

/** Gives the highest figure seen, in MiB. `seen` is told every one. */
export async function peakMemoryOf(
  pid: number,
  work: () => Promise<unknown>,
  seen: (mib: number) => void = () => undefined,
): Promise<number> {
  let peak = 0;
  let looking = Promise.resolve();
  const look = async () => {
    const mib = await residentMemory(pid);
    peak = Math.max(peak, mib);
    seen(mib);
  };
  const watch = setInterval(() => {
    looking = looking.then(look);
  }, lookEveryMs);
  try {
    await work();
  } finally {
    clearInterval(watch);
    await looking;
  }
  await look();
  return peak;
}

/** Asks the kernel where it can: starting a process each time would disturb what is measured. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kib !== undefined) return Number(kib) / 1024;
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}
