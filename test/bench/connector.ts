/** A connector of a bench: created and connected through the API, and synced on request. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../../infra/local/emulator/journal';
import type { Stack } from '../../infra/local/stack/stack';
import type { Bench } from './bench';

export interface SyncRun {
  readonly id: string;
  readonly status: string;
  readonly finishedAt?: string;
  readonly counts: Readonly<Record<string, { readonly written: number; readonly removed: number }>>;
}

/** A finished sync run, and every request to the emulators during it. */
export interface FinishedSync {
  readonly run: SyncRun;
  /** When the sync was requested, in ms since the epoch. */
  readonly requestedAt: number;
  readonly entries: readonly JournalEntry[];
}

export interface BenchConnector {
  readonly id: string;
  sync(): Promise<FinishedSync>;
}

/** The end of the run is taken from its row, so the interval adds no error. */
const pollEveryMs = 250;

export async function connect({ api, stack }: Bench, name: string): Promise<BenchConnector> {
  const { tenantId, clientId, clientSecret } = stack.description().sample;
  const { id } = await api.call<{ id: string }>('POST', '/api/connectors', { name });
  await api.call('POST', `/api/connectors/${id}/credentials`, {
    method: 'client_credentials',
    tenantId,
    clientId,
    clientSecret,
  });
  return {
    id,
    async sync() {
      await stack.settle();
      stack.journal.clear();
      const askedAt = Date.now();
      const begun = await api.call<SyncRun>('POST', `/api/connectors/${id}/syncs`);
      await untilEnded(stack, `sync-${id}-${begun.id}`);
      await stack.settle();
      const entries = stack.journal.read();
      const run = await api.call<SyncRun>('GET', `/api/connectors/${id}/syncs/${begun.id}`);
      if (run.status !== 'succeeded')
        throw new Error(`The sync run ended with status ${run.status}.`);
      return { run, requestedAt: askedAt, entries };
    },
  };
}

/** Asks Durable, so that every request to a table of the product belongs to the sync. */
async function untilEnded(stack: Stack, instanceId: string): Promise<void> {
  const { baseUrl, masterKey } = stack.description();
  const path = `/runtime/webhooks/durabletask/instances/${instanceId}?code=${masterKey}`;
  const url = new URL(path, baseUrl);
  // 202 while the instance is active, 404 until it is started.
  while ((await fetch(url)).status !== 200) await sleep(pollEveryMs);
}
