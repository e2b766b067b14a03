import {
  ForbiddenError,
  ServiceUnavailableError,
  UpstreamError,
} from '../../functions/errors/app-error';
import type { RunReader } from '../../functions/run-history/ports';
import { RunMirrorService } from '../../functions/run-history/run-mirror-service';
import { fakeRunHistoryStates, fakeRunHistoryStore } from '../fakes/run-history-store';

const target = {
  tenantId: 't',
  connectorId: 'c1',
  factory: { subscriptionId: 's', resourceGroup: 'g', name: 'sales' },
  syncRunId: 'r1',
};
const at = '2026-01-15T12:00:00.000Z';
const aRun = {
  runId: 'r-1',
  pipelineName: 'Load',
  status: 'Succeeded',
  runStart: at,
  runEnd: at,
  lastUpdated: at,
};

function mirrorWith(broken: { readonly reading?: Error; readonly writing?: Error }) {
  const reader: RunReader = {
    readRuns: async () => {
      if (broken.reading) throw broken.reading;
      return { runs: [aRun] };
    },
    readActivityRuns: async () => ({ runs: [] }),
  };
  const store = {
    ...fakeRunHistoryStore(),
    ...(broken.writing && { put: () => Promise.reject(broken.writing!) }),
  };
  const rules = { policy: [], retentionDays: 45 };
  const catalog = { get: async () => undefined };
  const now = () => new Date(at);
  return new RunMirrorService(reader, store, fakeRunHistoryStates(), catalog, rules, now);
}

describe('RunMirrorService', () => {
  it.each([
    new ForbiddenError('resource_manager_access_denied', 'No.'),
    new UpstreamError('azure_no_response', 'Azure did not answer completely.', true),
  ])('returns the failure $code of Azure', async (reading) => {
    const { failure } = await mirrorWith({ reading }).mirror(target);

    expect(failure).toEqual({ code: reading.code, message: reading.message });
  });

  it('throws if our storage is unavailable, so that Durable retries', async () => {
    const writing = new ServiceUnavailableError(
      'storage_unavailable',
      'Azure storage did not answer.',
      true,
    );

    await expect(mirrorWith({ writing }).mirror(target)).rejects.toBe(writing);
  });
});
