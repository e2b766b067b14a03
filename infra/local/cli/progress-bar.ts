/**
 * The progress bar of `npm start`. Without a terminal, and beside log lines, it prints a line at
 * most every two seconds instead.
 */
import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** `percent` is 0 to 100. */
  update(percent: number, message: string): void;
  /** Ends the bar; further output follows on the next line. */
  stop(): void;
}

export interface ProgressBarOptions {
  readonly output: WriteStream;
  /** Print lines also in a terminal. */
  readonly linesOnly: boolean;
  readonly now?: () => number;
}

const lineIntervalMs = 2_000;

export function createProgressBar({
  output,
  linesOnly,
  now = Date.now,
}: ProgressBarOptions): ProgressBar {
  return output.isTTY && !linesOnly ? terminalBar(output) : lineProgress(output, now);
}

function terminalBar(output: WriteStream): ProgressBar {
  const bar = new SingleBar(
    { stream: output, format: '  {bar} {percentage} %  {message}', barsize: 24, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(100, 0, { message: '' });
  return {
    update: (percent, message) =>
      bar.update(percent, { message: shorten(message, (output.columns || 80) - 36) }),
    stop: () => bar.stop(),
  };
}

function lineProgress(output: WriteStream, now: () => number): ProgressBar {
  let lastLine = '';
  let lastAt = -Infinity;
  let pending = '';
  const print = () => {
    if (pending === lastLine) return;
    output.write(`${pending}\n`);
    lastLine = pending;
    lastAt = now();
  };
  return {
    update(percent, message) {
      pending = `  ${String(percent).padStart(3)} %  ${message}`;
      if (now() - lastAt >= lineIntervalMs) print();
    },
    stop: print,
  };
}

/** A line that wraps would leave remains of the bar on the screen. */
const shorten = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
