/** Minimum log levels by category, as .NET applies those of host.json. */
import type { LogLevel } from './worker/worker-protocol';

export type LogLevels = Readonly<Record<string, string>>;

const order = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

/** A level applies to every category that begins with its name. The longest name wins. */
export function minimumLevel(levels: LogLevels, category: string): string {
  const [longest = 'default'] = Object.keys(levels)
    .filter((name) => category.toLowerCase().startsWith(name.toLowerCase()))
    .sort((one, other) => other.length - one.length);
  return (levels[longest] ?? 'information').toLowerCase();
}

export const isEnabled = (levels: LogLevels, category: string, level: LogLevel): boolean =>
  order.indexOf(level) >= order.indexOf(minimumLevel(levels, category));
