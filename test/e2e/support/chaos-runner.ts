/**
 * Runs fault plans one after the other on one stack, each on a connector of its own. A sync is
 * requested once. If it is lost, timers alone must recover it.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { random } from '../../../infra/local/emulator/faults';
import { clearFaults, injectedSince, injectFaults, type FaultPlan } from './chaos';
import { endOfJournal } from './journal';
import { until } from '../../support/until';
import { startRunningStack, type RunningStack } from './stack';
import {
  connectWithSecret,
  createConnector,
  isTerminal,
  startSync,
  stopRefreshing,
  untilTerminal,
} from './journey';
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
  /** The injected faults and the outcomes of the sync runs. */
  readonly summary: string;
  /** Differences from an undisturbed sync, by what was compared. */
  readonly differences: Readonly<Record<string, readonly string[]>>;
}

const secondsToNextSchedule = 6.2 * 3_600;
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
    const stack = await startRunningStack({ arguments: folders, unkind: true });
    const nothing = { snapshot: new Map(), changes: new Map() };
    const runner = new ChaosRunner(stack, root, nothing, nothing);
    const connectorId = await runner.connected('undisturbed');
    runner.initial = await runner.syncUndisturbed(connectorId);
    await runner.serve('changed');
    runner.refreshed = await runner.syncUndisturbed(connectorId);
    await stopRefreshing(stack, connectorId);
    return runner;
  }

  async close(): Promise<void> {
    await this.stack.stop();
    await this.stack.removeData();
  }

  /** A requested initial sync and a due refresh, both under faults. */
  async run(seed: number): Promise<ChaosRun> {
    const draw = random(seed);
    await this.serve('shop');
    const connectorId = await this.connected(`Chaos ${seed}`);
    const silent = seed % 5 === 1;
    const first = await this.syncDisturbed(connectorId, { draw, silent }, () =>
      this.stack.call('POST', `/api/connectors/${connectorId}/syncs`).catch(undefinedIfBroken),
    );
    await this.serve('changed');
    const second = await this.syncDisturbed(connectorId, { draw, silent: false }, () =>
      this.advanceClock(secondsToNextSchedule),
    );
    await stopRefreshing(this.stack, connectorId);
    return {
      summary: `seed ${seed}\n  ${first.summary}\n  ${second.summary}`,
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
    if (run.status !== 'succeeded') throw new Error(`The undisturbed sync ended as ${run.status}.`);
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
    plan: FaultPlan,
    begin: () => Promise<unknown>,
  ): Promise<SyncedState & { readonly summary: string }> {
    const before = (await this.runsOf(connectorId)).length;
    const since = await endOfJournal(this.stack);
    await injectFaults(this.stack, plan);
    await begin();
    await this.syncUnderFaults(connectorId, before);
    await clearFaults(this.stack);
    await this.restarted();
    const injected = await injectedSince(this.stack, since);
    await this.recovered(connectorId, before);
    const all = await this.runsOf(connectorId);
    const runs = all.slice(0, all.length - before).reverse();
    const copied = await this.stateOf(
      connectorId,
      runs.map(({ id }) => id),
    );
    return { ...copied, summary: `${injected}: ${runs.map(summaryOf).join(', ')}` };
  }

  /** A worker that a fault has killed may still be starting, and breaks the requests it gets. */
  private async restarted(): Promise<void> {
    await until(async () => {
      const { workerUrls } = await this.stack.description();
      const answers = workerUrls.map((url) => fetch(`${url}/api/ready`).catch(undefinedIfBroken));
      return (await Promise.all(answers)).every((answer) => answer?.ok);
    }, 'all workers are ready');
  }

  /** Until a sync run is terminal or the limit of polls is reached. The clock moves, so timers fire. */
  private async syncUnderFaults(connectorId: string, runsBefore: number): Promise<void> {
    for (let polls = 0; polls < 100; polls++) {
      const runs = await this.runsOf(connectorId);
      const isSettled = runs.every(isTerminal);
      if (isSettled && runs.length > runsBefore) return;
      await this.advanceClock(isSettled ? secondsToNextSchedule : 2);
      await pause(100);
    }
  }

  /** No more requests: only the clock moves and timers fire until a sync has succeeded. */
  private async recovered(connectorId: string, runsBefore: number): Promise<void> {
    await until(async () => {
      const runs = await this.runsOf(connectorId);
      const isSettled = runs.every(isTerminal);
      const isSynced = runs.length > runsBefore && runs[0]?.status === 'succeeded';
      if (isSettled && isSynced) return true;
      await this.advanceClock(isSettled ? secondsToNextSchedule : 10);
      await fireTimer(this.stack, 'reconcileSyncs');
      await fireTimer(this.stack, 'refreshConnectors');
      return false;
    }, 'timers have recovered the sync');
  }

  /** Newest first. Repeats the request while the host restarts or storage fails. */
  private async runsOf(connectorId: string): Promise<readonly Run[]> {
    const listed = await until(async () => {
      const request = this.stack.call('GET', `/api/connectors/${connectorId}/syncs`);
      const response = await request.catch(undefinedIfBroken);
      return response?.status === 200 && response;
    }, 'the sync runs are listed');
    return listed ? (listed.body.items as Run[]) : [];
  }

  private advanceClock(seconds: number): Promise<unknown> {
    return this.stack.control('POST', '/clock', { advanceSeconds: seconds });
  }
}

/** Accepts a broken connection and throws everything else. Errors of fetch have a name, but no class in jest. */
function undefinedIfBroken(error: unknown): undefined {
  if ((error as Error).name !== 'TypeError') throw error;
  return undefined;
}
