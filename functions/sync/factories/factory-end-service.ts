/** Stores how the factories of a sync run ended. */
import { totalOf } from '../../catalog/tallies';
import type { FactoryRef } from '../../data-factory/resource';
import type { FailureInfo } from '../../errors/app-error';
import { emptyRunTally } from '../../run-history/run-tallies';
import type { SyncRunKey } from '../../storage/sync-run-key';
import { reportAs, type FactoryReport } from './factory-report';
import type {
  DiscoveryEvidence,
  InterruptedStretch,
  ListsCheckpoint,
  RunHistoryCheckpoint,
} from '../orchestration/step-messages';
import type { SyncRunStore } from '../ports';
import type { RunHistoryEndEntry } from '../progress/progress-report';
import type { StopRequestService } from '../stop-request-service';
import { isTerminal } from '../sync-run';

type Target = SyncRunKey & {
  readonly factory: FactoryRef;
} & Pick<DiscoveryEvidence, 'expectedObjects'>;

export class FactoryEndService {
  constructor(
    private readonly store: Pick<SyncRunStore, 'get' | 'reportFactoryEnd' | 'reportRunHistoryEnd'>,
    private readonly stopRequests: Pick<StopRequestService, 'check'>,
    private readonly now: () => Date,
  ) {}

  async recordLists(
    target: Target,
    { outcome, tallies }: FactoryReport,
    { startedAt, hasRunHistory }: { readonly startedAt: string; readonly hasRunHistory: boolean },
  ): Promise<void> {
    const key = keyOf(target);
    if (await this.isOver(key)) return;
    const { expectedObjects } = target;
    await this.store.reportFactoryEnd(key, {
      outcome: { ...outcome, counts: totalOf(tallies) },
      tallies,
      ...(expectedObjects !== undefined && { expectedObjects }),
      ...(hasRunHistory && { runHistoryPending: true }),
      durationMs: this.since(startedAt),
    });
  }

  async recordRunHistory(
    target: Target,
    { tally, startedAt }: RunHistoryCheckpoint,
    end: Pick<RunHistoryEndEntry, 'failure' | 'isCancelled' | 'isPending'>,
  ): Promise<void> {
    const key = keyOf(target);
    if (await this.isOver(key)) return;
    const { subscriptionId, resourceGroup, name } = target.factory;
    const factory = { subscriptionId, resourceGroup, name };
    const durationMs = this.since(startedAt);
    await this.store.reportRunHistoryEnd(key, { factory, tally, ...end, durationMs });
  }

  /** Records a part of a factory whose step failed in all its attempts, with what was read before. */
  async recordInterruption({ part, checkpoint, ...target }: InterruptedStretch): Promise<void> {
    if (part === 'runHistory') {
      const before = (checkpoint as RunHistoryCheckpoint | undefined) ?? { tally: emptyRunTally };
      await this.recordRunHistory(target, before, { failure: runHistoryInterrupted });
      return;
    }
    const before = checkpoint as ListsCheckpoint | undefined;
    const { failures = {}, massRemovals = {}, tallies = {} } = before ?? {};
    const { subscriptionId, resourceGroup, name } = target.factory;
    const factory = { subscriptionId, resourceGroup, name };
    const results = { failures: { ...failures, factory: interrupted }, massRemovals, tallies };
    const { startedAt = this.now().toISOString() } = before ?? {};
    const report = reportAs('failed', { factory }, results);
    await this.recordLists(target, report, { startedAt, hasRunHistory: false });
  }

  /** Whether the sync run has its result. Its rows of progress are deleted then. */
  private async isOver(key: SyncRunKey): Promise<boolean> {
    if ((await this.stopRequests.check(key)) !== 'cancelled') return false;
    const run = await this.store.get(key, key.syncRunId);
    return !run || isTerminal(run);
  }

  /** Another worker, with another clock, may have begun. */
  private since(startedAt: string | undefined): number {
    const now = this.now().getTime();
    return Math.max(0, now - (startedAt === undefined ? now : Date.parse(startedAt)));
  }
}

const keyOf = ({ tenantId, connectorId, syncRunId }: SyncRunKey): SyncRunKey => ({
  tenantId,
  connectorId,
  syncRunId,
});

const interrupted: FailureInfo = {
  code: 'factory_interrupted',
  message: 'The factory could not be read. Retry the sync run.',
};
const runHistoryInterrupted: FailureInfo = {
  code: 'run_history_interrupted',
  message: 'The run history could not be read. The next sync reads it again.',
};
