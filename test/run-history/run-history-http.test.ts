import type { PipelineRun } from '../../functions/run-history/run';
import { emptyState } from '../../functions/run-history/run-history-state';
import { ask } from '../support/call-endpoint';
import { ada, mallory } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: ada.tenantId, connectorId: 'c1' };
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
  const { services, history, histories } = syncContext();
  await history.put(key, factory, [aRun(1), aRun(2, { status: 'Failed' }), aRun(3)]);
  const days = ['2026-01-03', '2026-01-02', '2026-01-01'].map((day) => day.replaceAll('-', ''));
  await histories.save(key, factory, { ...emptyState, days });
  return services;
}

describe('run history over HTTP', () => {
  it('given runs of several days, when they are listed two by two, then all come, newest first', async () => {
    const services = await history();

    const first = await ask('listPipelineRuns', { params: c1, query: '?limit=2', services });
    const { search } = new URL(first.json.nextLink);
    const second = await ask('listPipelineRuns', { params: c1, query: search, services });

    const starts = [...first.json.items, ...second.json.items].map((run: any) => run.start);
    expect(starts).toEqual([3, 2, 1].map((n) => aRun(n).start));
    expect(second.json.nextLink).toBeUndefined();
  });

  it('given a status, when runs are listed, then only those of that status come', async () => {
    const services = await history();

    const { json } = await ask('listPipelineRuns', { params: c1, query: '?status=Failed', services });

    expect(json.items).toMatchObject([{ pipeline: 'Load', status: 'Failed' }]);
  });

  it('given the id of a run, when it is read, then it comes with what is known of its activities', async () => {
    const services = await history();
    const { json } = await ask('listPipelineRuns', { params: c1, services });
    const { id } = json.items[0];

    const answer = await ask('getPipelineRun', { params: { ...c1, pipelineRunId: id }, services });

    expect(answer).toMatchObject({ status: 200, json: { id, pipeline: 'Load' } });
  });

  it('given somebody of another tenant, when runs are listed, then there is no such connector', async () => {
    const services = await history();

    const answer = await ask('listPipelineRuns', { params: c1, services, as: mallory });

    expect(answer.status).toBe(404);
  });
});
