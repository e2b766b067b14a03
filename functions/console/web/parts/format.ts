/** Times, durations and numbers as text. Pure. */
export const numberText = (value: number): string => value.toLocaleString();

/** `1 m 12 s`: the two largest units. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `in 3 months`, `2 minutes ago`, `just now`. */
export function relativeText(time: string | Date, now: Date): string {
  const difference = new Date(time).getTime() - now.getTime();
  const found = units.find(([, ms]) => Math.abs(difference) >= ms);
  if (!found) return difference > 30_000 ? 'in a moment' : 'just now';
  const [unit, ms] = found;
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'always' }).format(
    Math.trunc(difference / ms),
    unit,
  );
}

/** In the zone of the reader, with its offset. */
export const absoluteText = (time: string | Date): string =>
  new Date(time).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  }) + ` (${offsetText(new Date(time))})`;

function offsetText(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const sign = minutes < 0 ? '−' : '+';
  const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  return `UTC${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}

export const dayMs = 86_400_000;

/** `linkedService` → `Linked service`. */
export function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_.-]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
