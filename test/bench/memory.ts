/** What another process takes: the memory it has resident, and the time it has had a processor. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Sample {
  /** In ms since the epoch. */
  readonly at: number;
  readonly mib: number;
  /** Since the process began. */
  readonly processorMs: number;
}

const lookEveryMs = 200;

/** Watches the process while something runs. The last sample is taken when it is over. */
export async function watch(pid: number, work: () => Promise<unknown>): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let looking = Promise.resolve();
  const look = async () => void samples.push(await sampleOf(pid));
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, lookEveryMs);
  try {
    await look();
    await work();
  } finally {
    clearInterval(timer);
    await looking;
  }
  await look();
  return samples;
}

export const peakOf = (samples: readonly Sample[]): number =>
  Math.max(0, ...samples.map(({ mib }) => mib));

/** Asks the kernel where it can: starting a process each time would disturb what is measured. */
export async function sampleOf(pid: number): Promise<Sample> {
  const at = Date.now();
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status!) ?? [];
  if (kib === undefined) return askedOfPs(pid, at);
  // Behind the name in brackets; the eleventh and twelfth, in hundredths of a second.
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  const processorMs = 10 * (Number(fields[11]) + Number(fields[12]));
  return { at, mib: Number(kib) / 1024, processorMs };
}

async function askedOfPs(pid: number, at: number): Promise<Sample> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
  const [kib = '', time = ''] = stdout.trim().split(/\s+/);
  const seconds = time.split(/[:-]/).reduce((sum, part) => 60 * sum + Number(part), 0);
  return { at, mib: Number(kib) / 1024, processorMs: 1_000 * seconds };
}
