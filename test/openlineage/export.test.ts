/** Lineage and run history as OpenLineage, in responses. */
import type { OpenLineageEvent, RunEvent } from '../../functions/openlineage/events/event';
import { runIdFrom } from '../../functions/openlineage/events/names';
import { owner, viewer } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import {
  activityRun,
  documents,
  minute,
  pipelineRun,
  storeDocuments,
  storeRuns,
  triggerRun,
  uuid,
} from '../support/openlineage/sample';
import { violationsOf } from '../support/openlineage/validation';
import { syncContext } from '../support/sync-context';

type Event = OpenLineageEvent & {
  readonly job?: RunEvent['job'];
  readonly dataset?: { readonly name: string };
  readonly run?: RunEvent['run'];
  readonly eventType?: string;
};

const failure = 'The server answered 500. Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

async function storedContext() {
  const context = syncContext();
  await storeDocuments(context, documents());
  const called = { type: 'PipelineActivity', name: 'Call', id: uuid(23), pipeline: 'Load' };
  await storeRuns(
    context,
    [
      triggerRun,
      pipelineRun(1, { invokedBy: { type: 'ScheduleTrigger', name: 'Hourly', id: 't1' } }),
      pipelineRun(3, {
        pipeline: 'Child',
        status: 'Failed',
        message: 'The activity failed.',
        invokedBy: { ...called, pipelineRunId: uuid(1) },
      }),
      pipelineRun(7, { status: 'InProgress' }),
      pipelineRun(9, { status: 'Cancelled' }),
    ],
    {
      [uuid(1)]: [
        activityRun(21, { metrics: { rowsRead: 5, rowsCopied: 4, dataWritten: 99, throughput: 1.5 } }),
        activityRun(22, { activity: 'Load', status: 'Failed', error: { code: '2200', message: failure } }),
        activityRun(24, { activity: 'Call', type: 'ExecutePipeline', status: 'Skipped' }),
      ],
    }, // prettier-ignore
  );
  const get = async (query: Record<string, string> = {}) => {
    const { services } = context;
    const params = { connectorId: 'c1' };
    const { status, headers, body, json } = await callEndpoint('exportOpenLineage', {
      params,
      query,
      as: viewer,
      services,
    });
    const lines = (typeof body === 'string' ? body : '').split('\n').filter((line) => line !== '');
    const next = /<([^>]+)>/.exec(headers['Link'] ?? '')?.[1];
    const cursor = next === undefined ? undefined : new URL(next).searchParams.get('cursor')!;
    return {
      status,
      headers,
      json,
      cursor,
      events: lines.map((each) => JSON.parse(each) as Event),
    };
  };
  return { ...context, get };
}

const nameOf = ({ dataset, job, eventType }: Event) =>
  [eventType, dataset?.name ?? job?.name].filter(Boolean).join(' ');

describe('exportOpenLineage', () => {
  let context: Awaited<ReturnType<typeof storedContext>>;
  beforeAll(async () => {
    context = await storedContext();
  });
  const find = async (kind: string, name: string) => {
    const { events } = await context.get({ kind });
    return events.find((event) => nameOf(event) === name)!;
  };

  it('responds with valid events of all kinds, a line each', async () => {
    const { headers, events, cursor } = await context.get();

    expect(headers['Content-Type']).toBe('application/x-ndjson');
    expect(cursor).toBeUndefined();
    expect(events.flatMap(violationsOf)).toEqual([]);
    expect(events.map(nameOf)).toEqual([
      'sales.Child',
      'sales.Child.Wait',
      'dwh.sales.Orders',
      'in/x/data.csv',
      'dwh.stage.Facts',
      'sales.Load',
      'sales.Load.Extract',
      'sales.Load.Each',
      'sales.Load.Each/Load',
      'sales.Load.Each/Count',
      'sales.Load.Call',
      'START sales.Load',
      'ABORT sales.Load',
      'START sales.Load',
      'START sales.Child',
      'FAIL sales.Child',
      'START sales.Load',
      'START sales.Load.Extract',
      'COMPLETE sales.Load.Extract',
      'START sales.Load.Each/Load',
      'FAIL sales.Load.Each/Load',
      'COMPLETE sales.Load',
    ]);
  });

  it('describes a Copy with its datasets, schemas and columns', async () => {
    const orders = { namespace: 'mssql://srv.database.windows.net:1433', name: 'dwh.sales.Orders' };

    expect(await find('job', 'sales.Load.Extract')).toMatchObject({
      job: {
        namespace: 'azure-data-factory://s/g/sales',
        facets: {
          jobType: { processingType: 'BATCH', integration: 'AZURE_DATA_FACTORY', jobType: 'Copy' },
          documentation: { description: 'Copies orders.' },
        },
      },
      inputs: [{ ...orders, facets: { schema: { fields: [{ name: 'Id' }, { name: 'Total' }] } } }],
      outputs: [
        {
          namespace: 'abfss://raw@lake.dfs.core.windows.net',
          name: 'in/x/data.csv',
          facets: {
            columnLineage: { fields: { id: { inputFields: [{ ...orders, field: 'Id' }] } } },
          },
        },
      ],
    });
  });

  it('describes a table with its columns', async () => {
    expect(await find('dataset', 'dwh.sales.Orders')).toMatchObject({
      dataset: {
        facets: {
          schema: { fields: [{ name: 'Id' }, { name: 'Total' }] },
          documentation: { description: 'Orders of customers.' },
        },
      },
    });
  });

  it('shows SQL without its secrets, and templates as no datasets', async () => {
    const count = await find('job', 'sales.Load.Each/Count');
    const load = (await find('job', 'sales.Load.Each/Load')) as RunEvent;

    expect(count.job!.facets['sql']).toMatchObject({
      query: expect.stringMatching(/^SELECT Id FROM sales\.Orders/),
    });
    expect(JSON.stringify(count)).not.toContain('S3cr3t');
    expect(load.outputs).toEqual([]);
    expect(load.job.facets['adf_connect']).toMatchObject({
      templates: ['writes mssql://srv.database.windows.net:1433/dwh.stage.{item}'],
    });
  });

  it('relates runs to their parents, triggers and errors', async () => {
    const { events } = await context.get({ kind: 'run' });
    const run = (name: string) => events.filter((event) => nameOf(event) === name).at(-1)!.run!;
    const job = (name: string) => ({ namespace: 'azure-data-factory://s/g/sales', name });

    expect(run('COMPLETE sales.Load')).toMatchObject({
      runId: uuid(1),
      facets: { nominalTime: { nominalStartTime: minute(0) } },
    });
    expect(run('FAIL sales.Load.Each/Load').facets).toMatchObject({
      parent: { run: { runId: uuid(1) }, job: job('sales.Load') },
      errorMessage: { message: expect.stringContaining('The server answered 500.') },
    });
    expect(run('FAIL sales.Child').facets).toMatchObject({
      parent: {
        run: { runId: uuid(23) },
        job: job('sales.Load.Call'),
        root: { run: { runId: uuid(1) }, job: job('sales.Load') },
      },
    });
  });

  it('counts rows of the one dataset that an activity reads or writes', async () => {
    const extract = (await find('run', 'COMPLETE sales.Load.Extract')) as RunEvent;

    expect(extract.inputs[0]!.inputFacets).toMatchObject({ inputStatistics: { rowCount: 5 } });
    expect(extract.outputs[0]!.outputFacets).toMatchObject({
      outputStatistics: { rowCount: 4, size: 99 },
    });
  });

  it('pages through all events, equal at each repetition', async () => {
    const whole = await context.get();
    const paged: Event[] = [];
    let cursor: string | undefined;
    do {
      const page = await context.get({ limit: '1', ...(cursor !== undefined && { cursor }) });
      paged.push(...page.events);
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(paged).toEqual(whole.events);
  });

  it.each<[Record<string, string>, string[]]>([
    [{ kind: 'run', since: minute(8) }, ['START sales.Load', 'ABORT sales.Load']],
    [{ since: '2027-01-01T00:00:00Z' }, []],
    [{ factory: 'other' }, []],
    [{ factory: 'SALES', kind: 'dataset' }, ['dwh.sales.Orders', 'in/x/data.csv', 'dwh.stage.Facts']],
  ])('filters events by %j', async (query, expected) => {
    expect((await context.get(query)).events.map(nameOf)).toEqual(expected);
  }); // prettier-ignore

  it.each([[{ kind: 'column' }], [{ since: 'today' }], [{ limit: '1001' }], [{ cursor: 'x' }]])(
    'refuses %j',
    async (query) => {
      expect((await context.get(query as Record<string, string>)).status).toBe(400);
    },
  );

  it('shows other tenants nothing', async () => {
    const { status } = await callEndpoint('exportOpenLineage', {
      params: { connectorId: 'c1' },
      as: { ...owner, tenantId: 'fabrikam' },
      services: context.services,
    });

    expect(status).toBe(404);
  });
});

describe('runIdFrom', () => {
  it('keeps UUIDs and makes a stable UUID of any other id', () => {
    const made = runIdFrom('azure-data-factory://s/g/sales', 'run 1');

    expect(runIdFrom('n', uuid(1).toUpperCase())).toBe(uuid(1));
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(runIdFrom('azure-data-factory://s/g/sales', 'run 1')).toBe(made);
    expect(runIdFrom('azure-data-factory://s/g/stock', 'run 1')).not.toBe(made);
  });
});
