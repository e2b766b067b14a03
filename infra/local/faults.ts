/**
 * Faults that a test or a trial injects: which requests are hit, how often, and what happens to them. The draw is
 * seeded, so a run of faults can be repeated.
 */
import { z } from 'zod';

export const fault = z.strictObject({
  service: z.string(),
  /** Matched against `METHOD path?query`, as a regular expression without case. */
  path: z.string().default('.*'),
  /** Share of the matching requests that are hit. */
  rate: z.number().min(0).max(1).default(1),
  kind: z.enum(['status', 'delay', 'reset', 'truncate']),
  /** For `status`. */
  status: z.int().min(400).max(599).default(503),
  /** Overrides the body that a status is answered with. */
  body: z.unknown().optional(),
  /** For `delay`; the request is answered as usual afterwards. */
  delayMs: z.int().min(0).default(1_000),
  retryAfterSeconds: z.number().optional(),
  /** How many requests are hit before the fault is spent; endless when left out. */
  count: z.int().positive().optional(),
  seed: z.int().default(1),
});
export type Fault = z.infer<typeof fault>;

export interface Faults {
  add(fault: Fault): void;
  clear(service?: string): void;
  list(): readonly Fault[];
  /** The fault that hits this request, if any; counts as used. */
  draw(service: string, method: string, path: string): Fault | undefined;
  onChange(listener: (faults: readonly Fault[]) => void): void;
}

export function createFaults(): Faults {
  let active: Armed[] = [];
  const listeners: ((faults: readonly Fault[]) => void)[] = [];
  const changed = () => listeners.forEach((listener) => listener(active.map(({ rule }) => rule)));
  return {
    add(rule) {
      active.push(arm(rule));
      changed();
    },
    clear(service) {
      active = active.filter(({ rule }) => service !== undefined && rule.service !== service);
      changed();
    },
    list: () => active.map(({ rule }) => rule),
    draw(service, method, path) {
      const hit = active.find((armed) => armed.hits(service, `${method} ${path}`));
      if (hit?.spent()) active = active.filter((armed) => armed !== hit);
      return hit?.rule;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

interface Armed {
  readonly rule: Fault;
  hits(service: string, line: string): boolean;
  /** Counts a hit; true when it was the last. */
  spent(): boolean;
}

function arm(rule: Fault): Armed {
  const path = new RegExp(rule.path, 'i');
  const draw = random(rule.seed);
  let left = rule.count ?? Infinity;
  return {
    rule,
    hits: (service, line) => rule.service === service && path.test(line) && draw() < rule.rate,
    spent: () => --left <= 0,
  };
}

/** Mulberry32: a small generator that a seed repeats exactly. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
