import type { PipelineRun } from '../../functions/run-history/run';
import { storeRunHistory } from '../fakes/run-history-store';
import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const aRun = (n: number, by: Partial<PipelineRun> = {}): PipelineRun => ({
  kind: 'pipeline',
  runId: `00000000-0000-4000-8000-00000000000${n}`,
  pipeline: 'Load',
  status: 'Succeeded',
  start: `2026-01-0${n}T06:00:00.000Z`,
  lastUpdated: `2026-01-0${n}T06:01:00.000Z`,
  parameters: ['region'],
  ...by,
});

/** Three runs on three days, the second of which failed. */
async function history() {
  const context = syncContext();
  const days = ['2026-01-03', '2026-01-02', '2026-01-01'].map((day) => day.replaceAll('-', ''));
  const runs = [aRun(1), aRun(2, { status: 'Failed' }), aRun(3)];
  await storeRunHistory(context, key, factory, { runs, days });
  return context.services;
}

describe('run history endpoints', () => {
  it('list runs of several days page by page, newest first', async () => {
    const services = await history();

    const first = await callEndpoint('listPipelineRuns', {
      params: c1,
      query: '?limit=2',
      services,
    });
    const { search } = new URL(first.json.nextLink);
    const second = await callEndpoint('listPipelineRuns', { params: c1, query: search, services });

    const starts = [...first.json.items, ...second.json.items].map((run: any) => run.startedAt);
    expect(starts).toEqual([3, 2, 1].map((n) => aRun(n).start));
    expect(second.json.nextLink).toBeUndefined();
  });

  it('filter runs by status', async () => {
    const services = await history();

    const { json } = await callEndpoint('listPipelineRuns', {
      params: c1,
      query: '?status=Failed',
      services,
    });

    expect(json.items).toMatchObject([{ pipeline: 'Load', status: 'Failed' }]);
  });

  it('return a run by its id', async () => {
    const services = await history();
    const { json } = await callEndpoint('listPipelineRuns', { params: c1, services });
    const { id } = json.items[0];

    const response = await callEndpoint('getPipelineRun', {
      params: { ...c1, pipelineRunId: id },
      services,
    });

    expect(response).toMatchObject({ status: 200, json: { id, pipeline: 'Load' } });
  });

  it('respond with 404 to another tenant', async () => {
    const services = await history();

    const response = await callEndpoint('listPipelineRuns', {
      params: c1,
      services,
      as: ownerOfOtherTenant,
    });

    expect(response.status).toBe(404);
  });
});
