/** Places the entries of a timeline on one axis of time. Pure. */
import type { TimelineEntry } from './orchestration';

export interface Bar {
  readonly entry: TimelineEntry;
  /** In percent of the whole time. */
  readonly start: number;
  readonly width: number;
}

export interface Gantt {
  readonly bars: readonly Bar[];
  readonly beganAt: number;
  readonly totalMs: number;
}

/** A shorter bar could not be seen. */
const minWidth = 0.4;

/** `now` ends what is running. */
export function ganttOf(timeline: readonly TimelineEntry[], beganAt: string, now: Date): Gantt {
  const begin = Math.min(
    Date.parse(beganAt),
    ...timeline.map(({ startedAt }) => Date.parse(startedAt)),
  );
  const endOf = ({ endedAt }: TimelineEntry) =>
    endedAt === undefined ? now.getTime() : Date.parse(endedAt);
  const totalMs = Math.max(1, ...timeline.map((entry) => endOf(entry) - begin));
  const percent = (ms: number) => (100 * Math.max(0, ms)) / totalMs;
  const bars = timeline.map((entry) => {
    const start = Math.min(percent(Date.parse(entry.startedAt) - begin), 100 - minWidth);
    const width = percent(endOf(entry) - Date.parse(entry.startedAt));
    return { entry, start, width: Math.min(Math.max(width, minWidth), 100 - start) };
  });
  return { bars, beganAt: begin, totalMs };
}
