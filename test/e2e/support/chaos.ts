/** Random faults of Azure, storage and the host, drawn from a seed, and a summary of those that occurred. */
import type { Fault } from '../../../infra/local/emulator/faults';
import type { RunningStack } from './stack';
import { requestsSince } from './journal';

type Wanted = Partial<Fault> & Pick<Fault, 'kind'>;
/** The share of all requests that a fault hits. */
type Share = readonly [share: number, fault: Wanted];

/** Together one call in five. A short Retry-After is waited for in the step, a long one in a durable timer. */
const azureFaults: readonly Share[] = [
  [0.03, { kind: 'status', status: 429, retryAfterSeconds: 1 }],
  [0.01, { kind: 'status', status: 429, retryAfterSeconds: 30 }],
  [0.04, { kind: 'status', status: 500 }],
  [0.04, { kind: 'reset' }],
  [0.04, { kind: 'truncate' }],
  [0.02, { kind: 'delay', delayMs: 400 }],
  [0.02, { kind: 'slow-body', delayMs: 400 }],
];

/** Together one call in twenty. */
const storageFaults: readonly Share[] = [
  [0.01, { kind: 'status', status: 503 }],
  [0.01, { kind: 'status', status: 500 }],
  [0.01, { kind: 'reset' }],
  [0.01, { kind: 'truncate' }],
  [0.005, { kind: 'delay', delayMs: 300 }],
  [0.005, { kind: 'slow-body', delayMs: 300 }],
];

export interface FaultPlan {
  readonly draw: () => number;
  /** Whether some requests get no response. Their timeouts take real time, so most plans have none. */
  readonly silent: boolean;
}

export async function injectFaults(stack: RunningStack, plan: FaultPlan): Promise<void> {
  const { draw, silent } = plan;
  const upTo = (max: number) => Math.floor(draw() * max);
  const once = (kind: Fault['kind'], service: Fault['service'], max: number, path = '.*') => ({
    service,
    kind,
    worker: upTo(2),
    path,
    skip: upTo(max),
    count: 1,
  });
  const faults = [
    // Each kill waits for the request with its number, whichever operation that belongs to.
    ...Array.from({ length: 1 + upTo(3) }, () =>
      draw() < 0.2
        ? once('kill', 'resource-manager', 40)
        : once(draw() < 0.5 ? 'kill' : 'kill-after', 'storage', 150),
    ),
    ...(silent
      ? [
          once('no-response', 'resource-manager', 20),
          once('no-response', 'storage', 20, 'resources|syncState'),
        ]
      : []),
    ...shared('resource-manager', azureFaults),
    ...shared('storage', storageFaults),
  ];
  for (const fault of faults)
    await stack.control('POST', '/faults', { ...fault, seed: upTo(2 ** 31) });
}

/** A fault draws among the requests that the faults before it did not hit. */
function shared(service: Fault['service'], shares: readonly Share[]): object[] {
  let remaining = 1;
  return shares.map(([share, fault]) => {
    const rate = share / remaining;
    remaining -= share;
    return { ...fault, service, rate };
  });
}

export const clearFaults = (stack: RunningStack) => stack.control('DELETE', '/faults');

/** `azure 11 of 52 (429 ×2, reset ×4, …), storage 9 of 180 (…), kills 2` */
export async function injectedSince(stack: RunningStack, since: number): Promise<string> {
  let kills = 0;
  const parts: string[] = [];
  for (const service of ['resource-manager', 'storage'] as const) {
    const requests = await requestsSince(stack, since, service);
    const counts = new Map<string, number>();
    for (const { fault, status } of requests) {
      if (!fault) continue;
      if (fault.startsWith('kill')) kills++;
      else {
        const name = fault === 'status' ? String(status) : fault;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    const kinds = [...counts].map(([name, count]) => `${name} ×${count}`).sort();
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    parts.push(`${service} ${total} of ${requests.length} (${kinds.join(', ')})`);
  }
  return `${parts.join(', ')}, kills ${kills}`;
}
