/**
 * A stack on which one draw of chaos after the other is tried, each on a connector of its own. A sync is asked for
 * once; what is lost of it only timers bring back.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { random } from '../../../infra/local/emulator/faults';
import { clearFaults, injectedSince, injectFaults } from './chaos';
import { endOfJournal } from './journal';
import { startRunningStack, until, type RunningStack } from './stack';
import { connectWithSecret, createConnector, untilTerminal, startSync } from './journey';
import { fireTimer } from './timers';
import { changesOver, differences, takeSnapshot, type Snapshot } from './snapshot';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
}
interface SyncedState {
  readonly snapshot: Snapshot;
  readonly changes: Snapshot;
}
export interface ChaosRun {
  /** What was injected, and what became of the runs. */
  readonly told: string;
  /** What differs from an undisturbed sync, by what was compared. */
  readonly differences: Readonly<Record<string, readonly string[]>>;
}

const afterTheSchedule = 6.2 * 3_600;
const isTerminal = ({ status }: Run) =>
  ['succeeded', 'partial', 'failed', 'cancelled'].includes(status);
const summaryOf = ({ status, error }: Run) => (error ? `${status} (${error.code})` : status);

export class ChaosRunner {
  private constructor(
    private readonly stack: RunningStack,
    private readonly root: string,
    private initial: SyncedState,
    private refreshed: SyncedState,
  ) {}

  /** `root` holds the factories `shop`, which is served as `changed` later, and `small`. */
  static async open(root: string): Promise<ChaosRunner> {
    const folders = ['shop', 'small'].flatMap((name) => ['--factories', join(root, name)]);
    const stack = await startRunningStack({ arguments: folders });
    const nothing = { whole: new Map(), changes: new Map() };
    const lane = new ChaosRunner(stack, root, nothing, nothing);
    const connectorId = await lane.connected('undisturbed');
    lane.initial = await lane.syncUndisturbed(connectorId);
    await lane.serve('changed');
    lane.refreshed = await lane.syncUndisturbed(connectorId);
    await lane.stopRefreshing(connectorId);
    return lane;
  }

  async close(): Promise<void> {
    await this.stack.stop();
    await this.stack.removeData();
  }

  /** An initial sync that a person asks for, and a refresh that is due, both in the storm. */
  async run(seed: number): Promise<ChaosRun> {
    const draw = random(seed);
    await this.serve('shop');
    const connectorId = await this.connected(`Chaos ${seed}`);
    const silent = seed % 5 === 1;
    const first = await this.syncDisturbed(connectorId, { draw, silent }, () =>
      this.stack.call('POST', `/api/connectors/${connectorId}/syncs`).catch(unanswered),
    );
    await this.serve('changed');
    const second = await this.syncDisturbed(connectorId, { draw, silent: false }, () =>
      this.advanceClock(afterTheSchedule),
    );
    await this.stopRefreshing(connectorId);
    return {
      told: `seed ${seed}\n  ${first.told}\n  ${second.told}`,
      differences: {
        initial: differences(first.snapshot, this.initial.snapshot),
        initialLog: differences(first.changes, this.initial.changes),
        refreshed: differences(second.snapshot, this.refreshed.snapshot),
        refreshedLog: differences(second.changes, this.refreshed.changes),
      },
    };
  }

  private serve(folder: string): Promise<unknown> {
    return this.stack.control('PUT', '/factories/shop', { folder: join(this.root, folder) });
  }

  private async connected(name: string): Promise<string> {
    const connectorId = await createConnector(this.stack, name);
    await connectWithSecret(this.stack, connectorId);
    return connectorId;
  }

  private async syncUndisturbed(connectorId: string): Promise<SyncedState> {
    const run = await untilTerminal(this.stack, await startSync(this.stack, connectorId));
    if (run.status !== 'succeeded') throw new Error(`Undisturbed, and yet ${run.status}.`);
    return this.stateOf(connectorId, [run.id]);
  }

  private async stateOf(connectorId: string, runIds: readonly string[]): Promise<SyncedState> {
    return {
      snapshot: await takeSnapshot(this.stack, connectorId),
      changes: await changesOver(this.stack, connectorId, runIds),
    };
  }

  private async syncDisturbed(
    connectorId: string,
    disturbance: Parameters<typeof injectFaults>[1],
    begin: () => Promise<unknown>,
  ): Promise<SyncedState & { readonly told: string }> {
    const before = (await this.runsOf(connectorId)).length;
    const since = await endOfJournal(this.stack);
    await injectFaults(this.stack, disturbance);
    await begin();
    await this.syncUnderFaults(connectorId, before);
    await clearFaults(this.stack);
    const injected = await injectedSince(this.stack, since);
    await this.recovered(connectorId, before);
    const all = await this.runsOf(connectorId);
    const runs = all.slice(0, all.length - before).reverse();
    const copied = await this.stateOf(
      connectorId,
      runs.map(({ id }) => id),
    );
    return { ...copied, told: `${injected}: ${runs.map(summaryOf).join(', ')}` };
  }

  /** Until a sync is over, or for as long as a storm may last. Time flies, and timers fire by themselves. */
  private async syncUnderFaults(connectorId: string, runsBefore: number): Promise<void> {
    for (let looks = 0; looks < 100; looks++) {
      const runs = await this.runsOf(connectorId);
      const settled = runs.every(isTerminal);
      if (settled && runs.length > runsBefore) return;
      await this.advanceClock(settled ? afterTheSchedule : 2);
      await pause(100);
    }
  }

  /** Nobody asks for anything any more: time passes, and timers do what they are there for. */
  private async recovered(connectorId: string, runsBefore: number): Promise<void> {
    await until(
      async () => {
        const runs = await this.runsOf(connectorId);
        const settled = runs.every(isTerminal);
        const synced = runs.length > runsBefore && runs[0]?.status === 'succeeded';
        if (settled && synced) return true;
        await this.advanceClock(settled ? afterTheSchedule : 10);
        await fireTimer(this.stack, 'reconcileSyncs');
        await fireTimer(this.stack, 'refreshConnectors');
        return false;
      },
      'timers have healed the sync',
      120_000,
    );
  }

  /** Newest first. A host that is killed, or a storage that falters, is no answer to whoever only looks. */
  private async runsOf(connectorId: string): Promise<readonly Run[]> {
    const answer = await until(async () => {
      const look = this.stack.call('GET', `/api/connectors/${connectorId}/syncs`);
      const answered = await look.catch(unanswered);
      return answered?.status === 200 && answered;
    }, 'somebody tells the runs');
    return answer ? (answer.body.items as Run[]) : [];
  }

  private advanceClock(seconds: number): Promise<unknown> {
    return this.stack.control('POST', '/clock', { advanceSeconds: seconds });
  }

  /** Time flies for the others; this connector is not to sync any more when it does. */
  private async stopRefreshing(connectorId: string): Promise<void> {
    const path = `/api/connectors/${connectorId}/schedule`;
    const { headers } = await this.stack.call('GET', path);
    const ifMatch = { 'if-match': headers.get('etag')! };
    await this.stack.call('PUT', path, { body: { kind: 'manual' }, headers: ifMatch });
  }
}

/** A connection that broke off; anything else is a finding. What fetch throws has a name and, in a test, no class. */
function unanswered(error: unknown): undefined {
  if ((error as Error).name !== 'TypeError') throw error;
  return undefined;
}
