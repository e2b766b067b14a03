/**
 * Faults that a test injects through the control API: which requests are hit, how often, and how
 * they fail. The random choice is seeded, so a sequence of faults can be repeated.
 */
import { z } from 'zod';
import { services } from './journal';

export const fault = z.strictObject({
  service: z.enum(services),
  /** Regular expression, matched case-insensitively against `METHOD path?query`. */
  path: z.string().refine(isRegularExpression, 'must be a regular expression').default('.*'),
  /** Share of the matching requests that are hit. */
  rate: z.number().min(0).max(1).default(1),
  kind: z.enum([
    'status',
    'delay',
    /** Half of the response body at once, the other half after `delayMs`. */
    'slow-body',
    /** No response; the connection stays open. */
    'no-response',
    'reset',
    'truncate',
    /** The Functions host is killed; the request is not processed. */
    'kill',
    /** The request is processed; the host is killed before the response reaches it. */
    'kill-after',
  ]),
  /** Status of the response to a `status` fault. */
  status: z.int().min(200).max(599).default(503),
  /** Body of the response to a `status` fault. Defaults to the error format of the service. */
  body: z.unknown().optional(),
  /** Delay of `delay` and `slow-body`. */
  delayMs: z.int().min(0).default(1_000),
  retryAfterSeconds: z.number().optional(),
  /** How many matching requests pass before the first can be hit. */
  skip: z.int().min(0).default(0),
  /** How many requests are hit before the fault is removed. Unlimited by default. */
  count: z.int().positive().optional(),
  seed: z.int().default(1),
  /** Number of the worker that `kill` and `kill-after` kill. The first runs the orchestrations. */
  worker: z.int().min(0).default(0),
});
export type Fault = z.infer<typeof fault>;
/** The id lets another process recognize a fault whose random state and count it already tracks. */
export type ActiveFault = Fault & { readonly id: number };

export interface Faults {
  /** Applies defaults. Throws a ZodError if the input is not valid. */
  add(input: z.input<typeof fault>): ActiveFault;
  remove(id: number): void;
  clear(service?: string): void;
  list(): readonly ActiveFault[];
  /** Returns the fault that hits this request, if any, and counts the hit. */
  draw(service: string, method: string, path: string): ActiveFault | undefined;
  onChange(listener: (faults: readonly ActiveFault[]) => void): void;
  /**
   * Replaces the faults by those of another process. Known faults keep their random state and
   * count.
   */
  syncFrom(faults: readonly ActiveFault[]): void;
  /** Called by an emulator when a drawn `kill` or `kill-after` fault takes effect. */
  kill(worker: number): void;
  onKill(listener: (worker: number) => void): void;
}

export function createFaults(): Faults {
  let active: ArmedFault[] = [];
  let lastId = 0;
  const listeners: ((faults: readonly ActiveFault[]) => void)[] = [];
  const killers: ((worker: number) => void)[] = [];
  const list = () => active.map(({ rule }) => rule);
  const setActive = (next: ArmedFault[]) => {
    active = next;
    for (const listener of listeners) listener(list());
  };
  const remove = (id: number) => setActive(active.filter(({ rule }) => rule.id !== id));
  return {
    add(input) {
      const rule = { ...fault.parse(input), id: ++lastId };
      setActive([...active, arm(rule)]);
      return rule;
    },
    remove,
    clear: (service) =>
      setActive(active.filter(({ rule }) => service !== undefined && rule.service !== service)),
    list,
    draw(service, method, path) {
      const hit = active.find((armed) => armed.hits(service, `${method} ${path}`));
      if (hit?.countHit()) remove(hit.rule.id);
      return hit?.rule;
    },
    onChange: (listener) => void listeners.push(listener),
    kill: (worker) => killers.forEach((kill) => kill(worker)),
    onKill: (listener) => void killers.push(listener),
    syncFrom(rules) {
      const newest = lastId;
      lastId = Math.max(lastId, ...rules.map(({ id }) => id));
      setActive(
        rules.flatMap((rule) => {
          const known = active.find((armed) => armed.rule.id === rule.id);
          // An earlier fault that is not active here is used up; the other process does not know
          // yet.
          return known ?? (rule.id > newest ? arm(rule) : []);
        }),
      );
    },
  };
}

interface ArmedFault {
  readonly rule: ActiveFault;
  hits(service: string, line: string): boolean;
  /** Counts a hit. Returns true for the last one. */
  countHit(): boolean;
}

function arm(rule: ActiveFault): ArmedFault {
  const path = new RegExp(rule.path, 'i');
  const nextRandom = random(rule.seed);
  let remaining = rule.count ?? Infinity;
  let toSkip = rule.skip;
  return {
    rule,
    hits: (service, line) =>
      rule.service === service && path.test(line) && --toSkip < 0 && nextRandom() < rule.rate,
    countHit: () => --remaining <= 0,
  };
}

function isRegularExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

/** Mulberry32: a small seeded random generator with values from 0 (inclusive) to 1 (exclusive). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
