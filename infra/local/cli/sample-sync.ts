/**
 * The sample sync of `npm start`, through the API like any client: creates a connector, connects it
 * with the client credentials of the sample customer and runs its initial sync.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api';
import type { ProgressBar } from './progress-bar';
import type { StackDescription } from '../stack/stack';

const connectorName = 'Contoso (sample)';

interface Connector {
  readonly id: string;
  readonly name: string;
}
interface SyncRun {
  readonly id: string;
  readonly status: string;
  readonly progress?: Progress;
  readonly error?: { readonly message: string } | null;
}
interface Progress {
  readonly percent: number;
  readonly message: string;
}
interface List<T> {
  readonly items: readonly T[];
  readonly nextLink?: string;
}

export interface SampleSyncOptions {
  readonly print: (line: string) => void;
  readonly createProgressBar: () => ProgressBar;
}

/** Resolves to the id of the new connector, or to undefined if the sample connector exists. */
export async function runSampleSync(
  api: Api,
  { sample }: StackDescription,
  { print, createProgressBar }: SampleSyncOptions,
): Promise<string | undefined> {
  const query = `q=${encodeURIComponent(connectorName)}`;
  const existing = await api.call<List<Connector>>('GET', `/api/connectors?${query}`);
  if (existing.items.some(({ name }) => name === connectorName)) return undefined;

  const { id } = await api.call<Connector>('POST', '/api/connectors', { name: connectorName });
  await api.call('POST', `/api/connectors/${id}/credentials`, {
    method: 'client_credentials',
    tenantId: sample.tenantId,
    clientId: sample.clientId,
    clientSecret: sample.clientSecret,
  });
  print(`  The connector "${connectorName}" is connected. Its initial sync:`);
  const bar = createProgressBar();
  try {
    const run = await runSync(api, id, ({ percent, message }) => bar.update(percent, message));
    if (run.status !== 'succeeded')
      throw new Error(
        `The initial sync has the status ${run.status}: ${run.error?.message ?? 'no error message'}`,
      );
  } finally {
    bar.stop();
  }
  return id;
}

/** Starts a sync and resolves when it is finished. */
async function runSync(
  api: Api,
  connectorId: string,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<SyncRun> {
  const { id } = await api.call<SyncRun>('POST', `/api/connectors/${connectorId}/syncs`);
  for (;;) {
    const run = await api.call<SyncRun>('GET', `/api/connectors/${connectorId}/syncs/${id}`);
    if (run.progress) onProgress(run.progress);
    if (!['queued', 'running', 'paused'].includes(run.status)) return run;
    await sleep(100);
  }
}

/** Counts the resources of a connector by kind. */
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
