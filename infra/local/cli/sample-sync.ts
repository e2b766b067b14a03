/**
 * The main job, done through the API as a frontend would: create a connector, connect it with the customer's client
 * credentials, run its initial sync, and show what was catalogued.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api';
import type { Screen } from './progress-bar';
import type { StackDescription } from '../stack/stack';

const connectorName = 'Contoso (sample)';

interface Connector {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}
interface SyncRun {
  readonly id: string;
  readonly status: string;
  readonly progress?: Progress;
  readonly error?: { readonly message: string } | null;
}
interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly resourcesPerSecond?: number;
  readonly estimatedEndAt?: string;
}
interface List<T> {
  readonly items: readonly T[];
  readonly nextLink?: string;
}

/** Undefined when the sample connector was already there. */
export async function runSampleSync(
  api: Api,
  { sample }: StackDescription,
  screen: Screen,
): Promise<string | undefined> {
  const known = await api.call<List<Connector>>(
    'GET',
    `/api/connectors?q=${encodeURIComponent(connectorName)}`,
  );
  if (known.items.some(({ name }) => name === connectorName)) return undefined;

  const { id } = await api.call<Connector>('POST', '/api/connectors', { name: connectorName });
  screen.line(`Created the connector "${connectorName}".`);
  await api.call('POST', `/api/connectors/${id}/credentials`, {
    method: 'client_credentials',
    tenantId: sample.tenantId,
    clientId: sample.clientId,
    clientSecret: sample.clientSecret,
  });
  screen.line('Connected it with client credentials. Running its initial sync…');
  const run = await runSync(api, id, (...step) => screen.progress(...step));
  screen.endProgress();
  if (run.status !== 'succeeded')
    throw new Error(
      `The initial sync ended as ${run.status}: ${run.error?.message ?? 'no reason'}`,
    );
  return id;
}

/** Starts a sync and waits until it is over. */
export async function runSync(
  api: Api,
  connectorId: string,
  show: (phase: string, done: number, total: number, note: string) => void = () => undefined,
): Promise<SyncRun> {
  const started = await api.call<SyncRun>('POST', `/api/connectors/${connectorId}/syncs`);
  for (;;) {
    const run = await api.call<SyncRun>(
      'GET',
      `/api/connectors/${connectorId}/syncs/${started.id}`,
    );
    const { phase = run.status, done = 0, total = 0 } = run.progress ?? {};
    show(phase, done, total, describeThroughput(run.progress));
    if (!['queued', 'running', 'paused'].includes(run.status)) return run;
    await sleep(100);
  }
}

function describeThroughput({
  resourcesPerSecond,
  estimatedEndAt,
}: Partial<Progress> = {}): string {
  const rate = resourcesPerSecond === undefined ? [] : [`${resourcesPerSecond} resources/s`];
  const end =
    estimatedEndAt === undefined ? [] : [`until about ${estimatedEndAt.slice(11, 19)} UTC`];
  return [...rate, ...end].join(', ');
}

/** How many resources of each kind the catalogue holds for a connector. */
export async function countResources(
  api: Api,
  connectorId: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let next: string | undefined = `/api/connectors/${connectorId}/resources?limit=100`;
  while (next !== undefined) {
    const page: List<{ kind: string }> = await api.call('GET', next);
    for (const { kind } of page.items) counts[kind] = (counts[kind] ?? 0) + 1;
    next = page.nextLink;
  }
  return counts;
}
