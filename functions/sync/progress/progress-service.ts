/**
 * Sync runs with their progress reports. Every request reads the report: a copy in the memory of a
 * worker would be older than what another worker has shown, so progress would go back.
 */
import { logFailure } from '../../errors/log-failure';
import type { Page, PageRequest } from '../../storage/page';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { SyncRunStore } from '../ports';
import {
  isTerminal,
  summaryOf,
  syncRunKeyOf,
  type SyncRun,
  type SyncRunSummary,
} from '../sync-run';
import type { SyncRunService } from '../sync-run-service';
import { factoryProgressOf, type FactoryProgress, type FactoryState } from './factory-progress';
import type { RunWithProgress } from './progress';
import { emptyReport, factoryKey, type ProgressReport } from './progress-report';

export class ProgressService {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly store: Pick<SyncRunStore, 'get' | 'getProgress'>,
  ) {}

  /** Throws NotFoundError. */
  async get(key: SyncRunKey): Promise<RunWithProgress<SyncRun>> {
    // The report is read first. It is deleted after the run is terminal, so the report of a run
    // that is read as active is complete.
    const report = await this.store.getProgress(key);
    const run = await this.runs.get(key);
    return { run, report: unlessTerminal(run, report) };
  }

  /** Adds the report to a run that was just changed. Without a report the run alone is returned. */
  async of(run: SyncRun): Promise<RunWithProgress<SyncRun>> {
    if (isTerminal(run)) return { run, report: emptyReport };
    const report = await this.store.getProgress(syncRunKeyOf(run)).catch((error: unknown) => {
      logFailure('progress_report.read_failed', error, { syncRunId: run.id });
      return emptyReport;
    });
    return { run, report };
  }

  /** Adds the reports of the active runs of a page. */
  async all({ items, ...page }: Page<SyncRunSummary>): Promise<Page<RunWithProgress>> {
    return { ...page, items: await Promise.all(items.map((run) => this.listed(run))) };
  }

  /** Every factory of a sync run that was begun, sorted by key. Throws NotFoundError. */
  async factories(
    key: SyncRunKey,
    status: FactoryState | undefined,
    { limit, continuation = '' }: PageRequest,
  ): Promise<Page<FactoryProgress>> {
    const { run, report } = await this.get(key);
    const remaining = factoryProgressOf(run, report).filter(
      (each) =>
        factoryKey(each.factory) > continuation && (status === undefined || each.status === status),
    );
    const items = remaining.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      ...(remaining.length > limit && last && { continuation: factoryKey(last.factory) }),
    };
  }

  private async listed(run: SyncRunSummary): Promise<RunWithProgress> {
    if (isTerminal(run)) return { run, report: emptyReport };
    const report = await this.store.getProgress(syncRunKeyOf(run));
    // The run may have finished since it was listed.
    const current = await this.store.get(run, run.id);
    return {
      run: current ? summaryOf(current) : run,
      report: unlessTerminal(current ?? run, report),
    };
  }
}

/** The report of a run that is terminal by now is outdated. */
const unlessTerminal = (run: SyncRunSummary | SyncRun, report: ProgressReport): ProgressReport =>
  isTerminal(run) ? emptyReport : report;
