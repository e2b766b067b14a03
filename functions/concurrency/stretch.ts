/** A time-boxed stretch of long work, which may be repeated until all of it is done. */
export interface Stretch {
  /** Whether the work must stop at the next place where it can go on later. */
  readonly isOver: boolean;
}

/** Work that stops at its end only. */
export const endless: Stretch = { isOver: false };

export function startStretch(now: () => Date, durationMs: number): Stretch {
  const end = now().getTime() + durationMs;
  return {
    get isOver() {
      return now().getTime() >= end;
    },
  };
}
