/**
 * The log of the host for people: one line per invocation, with the log lines of the function
 * indented below. Query strings are omitted, because they carry keys and codes.
 */
import { isEnabled, type LogLevels } from './log-levels';
import type { LogLevel } from './worker/worker-protocol';

export interface LogOptions {
  readonly write: (text: string) => void;
  readonly color: boolean;
  /** Minimum log level by category, from host.json. */
  readonly levels: LogLevels;
  readonly now?: () => Date;
}

export interface Log {
  /** Logs a message about the host itself. */
  hostMessage(message: string, level?: LogLevel): void;
  /** Logs a request that reached no function. */
  request(method: string, path: string, status: number, ms: number): void;
  open(functionName: string, invocationId: string): InvocationLog;
  /** Writes the log lines of unfinished invocations. */
  flush(): void;
}

export interface InvocationLog {
  write(level: LogLevel, message: string): void;
  close(outcome: string, ms: number, error?: unknown): void;
}

const nameWidth = 28;

export function createLog({ write, color, levels, now = () => new Date() }: LogOptions): Log {
  const open = new Map<string, () => void>();
  const paint = (code: number, text: string) =>
    color && code !== 0 ? `\x1b[${code}m${text}\x1b[0m` : text;
  const clock = () => paint(2, now().toISOString().slice(11, 23));
  const indented = (level: LogLevel, message: string) =>
    message
      .split('\n')
      .map((line) => `${' '.repeat(12)}  ${paint(colorOf(level), line)}\n`)
      .join('');
  const line = (name: string, outcome: string, good: boolean, ms: number, tail: string) =>
    `${clock()}  ${name.padEnd(nameWidth)} ${paint(good ? 32 : 31, outcome.padEnd(6))} ` +
    `${`${Math.round(ms)}`.padStart(6)} ms  ${paint(2, tail)}\n`;

  return {
    hostMessage(message, level = 'information') {
      if (isEnabled(levels, 'Host', level))
        write(`${clock()}  ${paint(colorOf(level), message)}\n`);
    },
    request: (method, path, status, ms) =>
      write(line(`${method} ${printable(path)}`, String(status), status < 400, ms, '')),
    open(name, invocationId) {
      let lines = '';
      open.set(invocationId, () => write(`${clock()}  ${name} (unfinished)\n${lines}`));
      return {
        write(level, message) {
          if (isEnabled(levels, `Function.${name}.User`, level)) lines += indented(level, message);
        },
        close(outcome, ms, error) {
          open.delete(invocationId);
          if (error !== undefined) lines += indented('error', errorText(error));
          const good = error === undefined && !/^[45]/.test(outcome);
          write(line(name, outcome, good, ms, invocationId.slice(0, 8)) + lines);
        },
      };
    },
    flush() {
      for (const writeUnfinished of open.values()) writeUnfinished();
      open.clear();
    },
  };
}

const colorOf = (level: LogLevel) =>
  level === 'warning' ? 33 : level === 'error' || level === 'critical' ? 31 : 0;

/**
 * The error of an orchestrator carries its whole state behind the message; only the message is
 * shown.
 */
const errorText = (error: unknown) =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).split(
    /\n*\$OutOfProcData\$/,
  )[0]!;

/** Prevents callers from injecting log lines. */
const printable = (path: string) => path.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
