import { toSyncSummary } from '../../functions/sync/sync-summary';
import type { SyncStatus } from '../../functions/sync/sync-run';

const at = (minute: number) => `2026-01-15T12:0${minute}:00.000Z`;
const aRun = (id: string, status: SyncStatus, minute = 5) => ({
  id,
  status,
  createdAt: at(0),
  ...(['succeeded', 'partial', 'failed'].includes(status) && { finishedAt: at(minute) }),
});
const known = (lastSyncRunId: string, lastStatus: SyncStatus, lastSuccessAt?: string) => ({
  lastSyncRunId,
  lastStatus,
  lastStartedAt: at(0),
  ...(lastSuccessAt !== undefined && { lastSuccessAt }),
});

describe('toSyncSummary', () => {
  it('returns the first run', () => {
    expect(toSyncSummary(undefined, aRun('r1', 'queued'))).toEqual(known('r1', 'queued'));
  });

  it.each<[string, ReturnType<typeof known>, ReturnType<typeof aRun>]>([
    ['the end of a run', known('r1', 'failed'), aRun('r1', 'queued')],
    ['the end of a run', known('r1', 'cancelled'), aRun('r1', 'succeeded')],
    ['a later run', known('r2', 'queued'), aRun('r1', 'failed')],
    ['a later success', known('r2', 'succeeded', at(9)), aRun('r1', 'succeeded')],
  ])('keeps %s if an older state arrives late', (_, before, late) => {
    expect(toSyncSummary(before, late)).toBe(before);
  });

  it('records a late earlier success as the last success', () => {
    const shown = toSyncSummary(known('r2', 'running', at(3)), aRun('r1', 'partial'));

    expect(shown).toEqual(known('r2', 'running', at(5)));
  });

  it.each<[SyncStatus, string]>([
    ['queued', at(3)],
    ['failed', at(3)],
    ['partial', at(5)],
    ['succeeded', at(5)],
  ])('with a later run that is %s, last succeeded at %s', (status, last) => {
    const shown = toSyncSummary(known('r1', 'succeeded', at(3)), aRun('r2', status));

    expect(shown).toEqual(known('r2', status, last));
  });

  it('replaces the active state of a run by its end', () => {
    expect(toSyncSummary(known('r1', 'queued'), aRun('r1', 'failed'))).toEqual(
      known('r1', 'failed'),
    );
  });
});
