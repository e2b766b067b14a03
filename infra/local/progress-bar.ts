/** A bar that redraws itself on a terminal, and a line per phase where there is none. */
import type { WriteStream } from 'node:tty';

const width = 30;

export function progressBar(output: WriteStream) {
  let shown = '';
  return (phase: string, done: number, total: number): void => {
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const filled = Math.round(share * width);
    const line = `  [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${phase} ${done}/${total}`;
    const text = output.isTTY ? `\r\x1b[K${line}` : `${line}\n`;
    // Without a terminal a line is worth its place only when it says something new.
    if (line !== shown) output.write(text);
    shown = line;
  };
}

/** Two columns, the second flush right. */
export function table(rows: readonly (readonly [string, number])[]): string {
  const wide = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, count]) => `  ${name.padEnd(wide)}  ${String(count).padStart(6)}`)
    .join('\n');
}
