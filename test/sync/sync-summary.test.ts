import { lastSync } from '../../functions/sync/sync-summary';
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

describe('what a connector shows of its last sync', () => {
  it('given no sync before, when one is queued, then it is shown', () => {
    expect(lastSync(undefined, aRun('r1', 'queued'))).toEqual(known('r1', 'queued'));
  });

  it.each<[string, ReturnType<typeof known>, ReturnType<typeof aRun>]>([
    ['a run that is over', known('r1', 'failed'), aRun('r1', 'queued')],
    ['a run that is over', known('r1', 'cancelled'), aRun('r1', 'succeeded')],
    ['a later run', known('r2', 'queued'), aRun('r1', 'failed')],
    ['a later success', known('r2', 'succeeded', at(9)), aRun('r1', 'succeeded')],
  ])('given %s, when an older word comes late, then nothing changes', (_, before, late) => {
    expect(lastSync(before, late)).toBe(before);
  });

  it('given a later run that goes on, when an earlier success is noted late, then it counts as the last success', () => {
    const shown = lastSync(known('r2', 'running', at(3)), aRun('r1', 'partial'));

    expect(shown).toEqual(known('r2', 'running', at(5)));
  });

  it.each<[SyncStatus, string]>([
    ['queued', at(3)],
    ['failed', at(3)],
    ['partial', at(5)],
    ['succeeded', at(5)],
  ])(
    'given an earlier success, when a later run is %s, then the last was at %s',
    (status, last) => {
      const shown = lastSync(known('r1', 'succeeded', at(3)), aRun('r2', status));

      expect(shown).toEqual(known('r2', status, last));
    },
  );

  it('given a run that goes on, when it ends, then its end is shown', () => {
    expect(lastSync(known('r1', 'queued'), aRun('r1', 'failed'))).toEqual(known('r1', 'failed'));
  });
});
