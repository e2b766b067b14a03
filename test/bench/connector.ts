/** A connector of a bench: made and connected as a customer would, synced on request, and watched meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../../infra/local/emulator/journal';
import type { Bench } from './bench';

export interface SyncRun {
  readonly id: string;
  readonly status: string;
  readonly finishedAt?: string;
  readonly counts: Readonly<Record<string, { readonly written: number; readonly removed: number }>>;
}

/** A sync that is over, and every request that was made meanwhile. */
export interface WatchedSync {
  readonly run: SyncRun;
  /** When it was asked for, in ms. */
  readonly askedAt: number;
  readonly entries: readonly JournalEntry[];
}

export interface BenchConnector {
  readonly id: string;
  sync(): Promise<WatchedSync>;
}

/** Looking costs the product two reads. The run itself says when it was over. */
const lookEveryMs = 250;

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
        await sleep(lookEveryMs);
        run = await api.call<SyncRun>('GET', path);
      }
      if (run.status !== 'succeeded') throw new Error(`The sync ended as ${run.status}.`);
      await stack.settle();
      return { run, askedAt, entries: stack.journal.read() };
    },
  };
}
