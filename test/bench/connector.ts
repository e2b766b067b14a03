/** A connector of a bench: created and connected through the API, and synced on request. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../../infra/local/emulator/journal';
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

/**
 * A poll costs two reads. The end of the run is taken from its row, so the interval adds no error.
 */
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
      let run = await api.call<SyncRun>('POST', `/api/connectors/${id}/syncs`);
      const path = `/api/connectors/${id}/syncs/${run.id}`;
      while (run.finishedAt === undefined) {
        await sleep(pollEveryMs);
        run = await api.call<SyncRun>('GET', path);
      }
      if (run.status !== 'succeeded')
        throw new Error(`The sync run ended with status ${run.status}.`);
      await stack.settle();
      return { run, requestedAt: askedAt, entries: stack.journal.read() };
    },
  };
}
