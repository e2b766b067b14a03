/**
 * Faults that a test or a trial injects: which requests are hit, how often, and what happens to them. The draw is
 * seeded, so a run of faults can be repeated.
 */
import { z } from 'zod';
import { services } from './journal';

export const fault = z.strictObject({
  service: z.enum(services),
  /** Matched against `METHOD path?query`, as a regular expression without case. */
  path: z.string().refine(isRegularExpression, 'must be a regular expression').default('.*'),
  /** Share of the matching requests that are hit. */
  rate: z.number().min(0).max(1).default(1),
  kind: z.enum([
    'status',
    'delay',
    /** Half of the answer at once, the rest later. */
    'drip',
    /** No answer at all; the connection stays open. */
    'silence',
    'reset',
    'truncate',
    /** The Functions host dies and the request is not done. */
    'kill',
    /** The request is done, and the host dies before it hears of it. */
    'kill-after',
  ]),
  /** For `status`. */
  status: z.int().min(400).max(599).default(503),
  /** Overrides the body that a status is answered with. */
  body: z.unknown().optional(),
  /** For `delay` and `drip`. */
  delayMs: z.int().min(0).default(1_000),
  retryAfterSeconds: z.number().optional(),
  /** How many matching requests pass before the first can be hit. */
  skip: z.int().min(0).default(0),
  /** How many requests are hit before the fault is spent; endless when left out. */
  count: z.int().positive().optional(),
  seed: z.int().default(1),
});
export type Fault = z.infer<typeof fault>;
/** The id tells a fault that is known already, with what it has left, from a new one like it. */
export type ActiveFault = Fault & { readonly id: number };

export interface Faults {
  /** What is left out is filled in. Throws a ZodError when it is no fault. */
  add(given: z.input<typeof fault>): ActiveFault;
  remove(id: number): void;
  clear(service?: string): void;
  list(): readonly ActiveFault[];
  /** The fault that hits this request, if any; counts as used. */
  draw(service: string, method: string, path: string): ActiveFault | undefined;
  onChange(listener: (faults: readonly ActiveFault[]) => void): void;
  /** Takes over what another process has; faults known already keep their draw and their count. */
  syncFrom(faults: readonly ActiveFault[]): void;
  /** A part that has drawn a kill says so when the moment has come. */
  kill(): void;
  onKill(listener: () => void): void;
}

export function createFaults(): Faults {
  let active: ArmedFault[] = [];
  let lastId = 0;
  const listeners: ((faults: readonly ActiveFault[]) => void)[] = [];
  const killers: (() => void)[] = [];
  const list = () => active.map(({ rule }) => rule);
  const become = (next: ArmedFault[]) => {
    active = next;
    for (const listener of listeners) listener(list());
  };
  const remove = (id: number) => become(active.filter(({ rule }) => rule.id !== id));
  return {
    add(given) {
      const rule = { ...fault.parse(given), id: ++lastId };
      become([...active, arm(rule)]);
      return rule;
    },
    remove,
    clear: (service) =>
      become(active.filter(({ rule }) => service !== undefined && rule.service !== service)),
    list,
    draw(service, method, path) {
      const hit = active.find((armed) => armed.hits(service, `${method} ${path}`));
      if (hit?.countHit()) remove(hit.rule.id);
      return hit?.rule;
    },
    onChange: (listener) => void listeners.push(listener),
    kill: () => killers.forEach((kill) => kill()),
    onKill: (listener) => void killers.push(listener),
    syncFrom(rules) {
      const newest = lastId;
      lastId = Math.max(lastId, ...rules.map(({ id }) => id));
      become(
        rules.flatMap((rule) => {
          const known = active.find((armed) => armed.rule.id === rule.id);
          // One of before that is not active here was spent here; the other process has yet to hear it.
          return known ?? (rule.id > newest ? arm(rule) : []);
        }),
      );
    },
  };
}

interface ArmedFault {
  readonly rule: ActiveFault;
  hits(service: string, line: string): boolean;
  /** Counts a hit; true when it was the last. */
  countHit(): boolean;
}

function arm(rule: ActiveFault): ArmedFault {
  const path = new RegExp(rule.path, 'i');
  const draw = random(rule.seed);
  let left = rule.count ?? Infinity;
  let toSkip = rule.skip;
  return {
    rule,
    hits: (service, line) =>
      rule.service === service && path.test(line) && --toSkip < 0 && draw() < rule.rate,
    countHit: () => --left <= 0,
  };
}

function isRegularExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
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
