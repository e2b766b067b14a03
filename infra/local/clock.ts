/** One clock for the whole stack. It runs with real time, shifted by an offset that `POST /clock` moves. */
export interface Clock {
  now(): Date;
  readonly offsetInMs: number;
  /** Moves the clock; everybody who listens is told the new offset. */
  shiftTo(offsetInMs: number): void;
  onShift(listener: (offsetInMs: number) => void): void;
}

export function createClock(): Clock {
  let offset = 0;
  const listeners: ((offsetInMs: number) => void)[] = [];
  return {
    now: () => new Date(Date.now() + offset),
    get offsetInMs() {
      return offset;
    },
    shiftTo(offsetInMs) {
      offset = offsetInMs;
      for (const listener of listeners) listener(offset);
    },
    onShift: (listener) => void listeners.push(listener),
  };
}

/**
 * Shifts what `Date` says in this whole process, for programs that take no clock: the product's bundle and
 * Azurite. Returns the setter of the offset. Real timers keep running in real time.
 */
export function shiftProcessClock(): (offsetInMs: number) => void {
  const RealDate = Date;
  let offset = 0;
  class ShiftedDate extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(RealDate.now() + offset);
      else super(...(given as [number]));
    }
    static override now(): number {
      return RealDate.now() + offset;
    }
  }
  globalThis.Date = new Proxy(ShiftedDate, {
    // Called without new, Date gives the current time as text.
    apply: () => new ShiftedDate().toString(),
  }) as unknown as DateConstructor;
  return (offsetInMs) => void (offset = offsetInMs);
}
