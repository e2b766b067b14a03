/** One clock for the whole stack. It runs with real time, shifted by an offset that `POST /clock` moves. */
export interface Clock {
  now(): Date;
  readonly offsetMs: number;
  /** Moves the clock; everybody who listens is told the new offset. */
  shiftTo(offsetMs: number): void;
  onShift(listener: (offsetMs: number) => void): void;
}

export function createClock(): Clock {
  let offset = 0;
  const listeners: ((offsetMs: number) => void)[] = [];
  return {
    now: () => new Date(Date.now() + offset),
    get offsetMs() {
      return offset;
    },
    shiftTo(offsetMs) {
      offset = offsetMs;
      for (const listener of listeners) listener(offset);
    },
    onShift: (listener) => void listeners.push(listener),
  };
}

/**
 * Shifts what `Date` says in this whole process, for programs that take no clock: the product's bundle and
 * Azurite. Returns the setter of the offset. Real timers keep running in real time.
 */
export function shiftProcessClock(): (offsetMs: number) => void {
  const RealDate = Date;
  const realNow = RealDate.now;
  let offset = 0;
  const now = () => realNow() + offset;
  RealDate.now = now;
  // A proxy and no subclass: dates made by Node itself stay instances of what everybody calls Date.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given: unknown[], asked) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, asked) as object,
    // Called without new, Date gives the current time as text.
    apply: () => new RealDate(now()).toString(),
  });
  return (offsetMs) => void (offset = offsetMs);
}
