/**
 * The clock of the stack: real time plus an offset, which `POST /clock` of the control API changes.
 */
export interface Clock {
  now(): Date;
  readonly offsetMs: number;
  /** Sets the offset and calls every listener with it. */
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
 * Replaces `Date` of this process by a shifted one, for programs that accept no clock: the
 * product's bundle and Azurite. Returns the setter of the offset. Timers (`setTimeout`) stay in
 * real time.
 */
export function shiftProcessClock(): (offsetMs: number) => void {
  const RealDate = Date;
  const realNow = RealDate.now;
  let offset = 0;
  const now = () => realNow() + offset;
  RealDate.now = now;
  // A proxy instead of a subclass: dates made by Node.js itself stay instances of the global Date.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    // Without `new`, Date returns the current time as text.
    apply: () => new RealDate(now()).toString(),
  });
  return (offsetMs) => void (offset = offsetMs);
}
