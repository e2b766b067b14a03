/** The resident memory of another process, watched while something runs. */
import { execFileSync } from 'node:child_process';

/** Gives the highest figure seen, in MiB. */
export async function peakMemoryOf(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const look = () => {
    const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
    peak = Math.max(peak, kib / 1024);
  };
  const watch = setInterval(look, 200);
  try {
    await work();
    look();
  } finally {
    clearInterval(watch);
  }
  return peak;
}
