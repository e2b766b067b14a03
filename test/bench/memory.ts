/** Resident memory and processor time of another process. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly mib: number;
  /** Since the start of the process. */
  readonly processorMs: number;
}

const sampleEveryMs = 200;

/** Samples a process during `work`. The last sample is taken after its end. */
export async function sampleDuring(
  pid: number,
  work: () => Promise<unknown>,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let sampling = Promise.resolve();
  const sample = async () => void samples.push(await sampleOf(pid));
  const timer = setInterval(() => {
    sampling = sampling.then(sample);
  }, sampleEveryMs);
  try {
    await sample();
    await work();
  } finally {
    clearInterval(timer);
    await sampling;
  }
  await sample();
  return samples;
}

export const peakOf = (samples: readonly Sample[]): number =>
  Math.max(0, ...samples.map(({ mib }) => mib));

/**
 * Reads /proc if it exists, because starting a process for each sample would disturb the
 * measurement.
 */
export async function sampleOf(pid: number): Promise<Sample> {
  const at = Date.now();
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status!) ?? [];
  if (kib === undefined) return sampleFromPs(pid, at);
  // Fields after the name in brackets: the eleventh and twelfth are hundredths of a second.
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  const processorMs = 10 * (Number(fields[11]) + Number(fields[12]));
  return { at, mib: Number(kib) / 1024, processorMs };
}

async function sampleFromPs(pid: number, at: number): Promise<Sample> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
  const [kib = '', time = ''] = stdout.trim().split(/\s+/);
  const seconds = time.split(/[:-]/).reduce((sum, part) => 60 * sum + Number(part), 0);
  return { at, mib: Number(kib) / 1024, processorMs: 1_000 * seconds };
}
