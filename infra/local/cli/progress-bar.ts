/** One terminal, two writers: lines of the log scroll above, the progress bar stays below them. */
import type { WriteStream } from 'node:tty';

const width = 30;

export interface Screen {
  line(text: string): void;
  /** Redraws the bar; without a terminal, a line for each thing that is new. */
  progress(phase: string, done: number, total: number, note?: string): void;
  /** Leaves the bar where it is and goes on below it. */
  endProgress(): void;
}

export function createScreen(output: WriteStream): Screen {
  let bar = '';
  const show = (text: string) => output.write(output.isTTY && bar ? `\r\x1b[K${text}` : text);
  return {
    line(text) {
      show(`${text}\n`);
      if (output.isTTY) output.write(bar);
    },
    progress(phase, done, total, note = '') {
      const filled = Math.round((total > 0 ? Math.min(1, done / total) : 0) * width);
      const drawn = `  [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${phase} ${done}/${total}${note && `, ${note}`}`;
      if (drawn === bar) return;
      show(output.isTTY ? drawn : `${drawn}\n`);
      bar = drawn;
    },
    endProgress() {
      if (output.isTTY && bar) output.write('\n');
      bar = '';
    },
  };
}

/** Two columns, the second flush right. */
export function table(rows: readonly (readonly [string, number])[]): string {
  const wide = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, count]) => `  ${name.padEnd(wide)}  ${String(count).padStart(6)}`)
    .join('\n');
}
