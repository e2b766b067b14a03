/** Reads the run history of one factory, for at most about a minute. One call is one step. */
import { addRunCounts, emptyRunTally } from '../../run-history/run-tallies';
import type { RunMirrorService } from '../../run-history/run-mirror-service';
import type { FailureInfo } from '../../errors/app-error';
import type { FactoryEndService } from './factory-end-service';
import type { RunHistoryResult, RunHistoryTarget } from '../orchestration/step-messages';
import type { ProgressReportingService } from '../progress/progress-reporting-service';
import type { StopRequestService } from '../stop-request-service';

export class FactoryHistoryService {
  constructor(
    private readonly runMirror: Pick<RunMirrorService, 'mirror'>,
    private readonly progress: Pick<ProgressReportingService, 'track'>,
    private readonly stopRequests: Pick<StopRequestService, 'check'>,
    private readonly ends: Pick<FactoryEndService, 'recordRunHistory'>,
    private readonly now: () => Date,
  ) {}

  /** May be repeated: runs are stored by their ids. */
  async mirror(target: RunHistoryTarget): Promise<RunHistoryResult> {
    const { tenantId, connectorId, syncRunId, factory, activityQueries, isLast } = target;
    const { checkpoint = { tally: emptyRunTally } } = target;
    const { startedAt = this.now().toISOString() } = checkpoint;
    if (isLast) {
      await this.ends.recordRunHistory(target, checkpoint, { failure: throttled });
      return { tally: checkpoint.tally };
    }
    const { cursor: start } = checkpoint;
    const key = { tenantId, connectorId, syncRunId, factory };
    const input = {
      ...key,
      ...(activityQueries !== undefined && { activityQueries }),
      ...(start && { cursor: start }),
    };
    const result = await this.progress.track(key, 'runHistory', (counter) =>
      this.runMirror.mirror(input, () => this.stopRequests.check(target), counter),
    );
    const tally = addRunCounts(checkpoint.tally, result.tally);
    const { cursor, notBefore, stopRequest, failure } = result;
    const reached = { startedAt, tally, ...(cursor && { cursor }) };
    if (stopRequest === 'paused') return { checkpoint: reached, stopRequest };
    if (cursor && !failure && !stopRequest)
      return { checkpoint: reached, ...(notBefore !== undefined && { notBefore }) };
    const needsMore =
      activityQueries !== undefined && tally.remaining > 0 && !failure && !stopRequest;
    await this.ends.recordRunHistory(target, reached, {
      ...(failure && { failure }),
      ...(stopRequest && { isCancelled: true }),
      ...(needsMore && { isPending: true }),
    });
    return { tally, ...(needsMore && { needsQueries: true }), ...(stopRequest && { stopRequest }) };
  }
}

const throttled: FailureInfo = {
  code: 'run_history_throttled',
  message: 'Azure kept throttling run history. The next sync continues.',
};
