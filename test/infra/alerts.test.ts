/** The conditions of the alerts, over lines as the code writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownAppFailed } from '../../functions/credentials/maintain-connections.timer';
import { ServiceUnavailableError } from '../../functions/errors/app-error';
import { failureLine } from '../../functions/errors/log-failure';
import { firing, readAlerts, recordsOf, type Alert } from '../support/alerts/alerts';
import { runQuery, type Tables } from '../support/alerts/kql';

const functions = join(__dirname, '../../functions');
const azure = join(__dirname, '../../infra/azure');
const sources = readdirSync(functions, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(functions, file), 'utf8') }));

const outage = new ServiceUnavailableError('storage_unavailable', 'Storage is down.', true);
const ticked = { name: 'tick', success: true, resultCode: 'ok', url: '' };
const failed = (event: string, details = {}) => ({ message: failureLine(event, outage, details) });
const records = (...traces: { readonly message: string }[]): Tables => ({
  requests: [ticked],
  traces,
});
const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

let alerts: readonly Alert[];
beforeAll(async () => {
  alerts = await readAlerts();
});

describe('an alert', () => {
  it.each([
    ['background-work-fails', failed('timer.failed', { timer: 'startRetention' })],
    ['background-work-fails', failed('task.failed', { task: 'linkAudit' })],
    ['background-work-fails', failed('orchestration.failed', { orchestrator: 'purgeConnector' })],
    ['background-work-fails', failed('step.failed', { step: 'mirrorKind' })],
    ['background-work-fails', { message: JSON.stringify({ event: 'sync_run.stalled' }) }],
    ['stored-data-damaged', failed('outbox.row_failed')],
    ['stored-data-damaged', failed('connector.row_unreadable')],
    ['access-changes-stuck', failed('intent.stuck', { target: 'u1', attempts: 8 })],
    ['access-changes-stuck', failed('role_assignments.limit_near', { assignments: 3_300 })],
    ['revocations-held', failed('revocations.held', { connectionId: 'c1' })],
    ['secret-removal-held', failed('orphaned_secrets.held', { prefix: 'cn-' })],
    ['own-app-fails', { message: JSON.stringify({ event: ownAppFailed, code: 'AADSTS7000222' }) }],
  ])('%s fires at one line %j', (name, line) => {
    expect(firing(alerts, records(line))).toEqual([name]);
  });

  it('about the relay fires at the sixth failure', () => {
    const line = failed('task.failed', { task: 'relayOutbox' });

    expect(firing(alerts, records(...times(5, line)))).toEqual([]);
    expect(firing(alerts, records(...times(6, line)))).toEqual(['event-relay-fails']);
  });

  it('about unknown leavers fires at the sixth failure', () => {
    const line = failed('leavers.list_failed', { onFailure: 'open' });

    expect(firing(alerts, records(...times(5, line)))).toEqual([]);
    expect(firing(alerts, records(...times(6, line)))).toEqual(['leavers-unknown']);
  });

  it('about server errors fires at the sixth', () => {
    const error = { name: 'listConnectors', success: false, resultCode: '503', url: 'http://a/' };
    const refusal = { ...error, resultCode: '404' };
    const requests = (count: number) => [ticked, ...times(count, error), ...times(9, refusal)];

    expect(firing(alerts, { requests: requests(5), traces: [] })).toEqual([]);
    expect(firing(alerts, { requests: requests(6), traces: [] })).toEqual(['server-errors']);
  });

  it('fires when the tick does not run', () => {
    const requests = [{ ...ticked, name: 'refreshConnectors' }];

    expect(firing(alerts, { requests, traces: [] })).toEqual(['background-work-stopped']);
  });

  it('about a stop does not fire at a tick that fails', () => {
    const requests = [{ ...ticked, success: false }];

    expect(firing(alerts, { requests, traces: [] })).toEqual([]);
  });

  it.each([
    { message: 'The sync run timer.failed to say more' },
    { message: JSON.stringify({ event: 'sync_run.repaired', repair: 'resumed' }) },
    { message: JSON.stringify({ event: 'request.failed', detail: 'step.failed' }) },
    failed('outbox.hint_failed'),
    failed('refresh.failed', { connectorId: 'c1' }),
  ])('does not fire at %j', (line) => {
    expect(firing(alerts, records(...times(20, line)))).toEqual([]);
  });

  it('does not fire at a step that was aborted or tried again', () => {
    const attempt = { name: 'mirrorKind', success: false, resultCode: 'failed', url: '' };

    expect(firing(alerts, { requests: [ticked, ...times(20, attempt)], traces: [] })).toEqual([]);
  });

  it('searches only for events that the code writes', () => {
    const text = sources.map((source) => source.text).join('\n');
    const events = alerts.flatMap(({ query }) =>
      [...query.matchAll(/"(\w+\.\w+)"/g)].map(([, event]) => event!),
    );

    expect(events.length).toBeGreaterThan(5);
    expect(events.filter((event) => !text.includes(`'${event}'`))).toEqual([]);
  });
});

describe('the workbook', () => {
  interface Item {
    readonly name: string;
    readonly content: { readonly query?: string };
  }
  const { items } = JSON.parse(readFileSync(join(azure, 'workbook.json'), 'utf8')) as {
    readonly items: readonly Item[];
  };
  const queries = items.flatMap(({ content: { query } }) => query ?? []);

  it('shows queries that the guide explains', () => {
    const guide = readFileSync(join(azure, '../README.md'), 'utf8');

    expect(queries.length).toBeGreaterThan(5);
    expect(queries.filter((query) => !guide.includes(query))).toEqual([]);
  });

  it('searches only for events that the code writes', () => {
    const text = sources.map((source) => source.text).join('\n');
    const events = queries.flatMap((query) =>
      [...query.matchAll(/event == "([\w.]+)"/g)].map(([, event]) => event!),
    );

    expect(events.length).toBeGreaterThan(3);
    expect(events.filter((event) => !text.includes(`'${event}'`))).toEqual([]);
  });
});

describe('a line of the log', () => {
  it('names its event wherever it is written', () => {
    const call = /\b(?:context|console)\.(?:error|warn|info|log|debug)\((?!\s*\)\s*)([^;]{0,60})/g;
    const named = /^\s*(failureLine|logLine)\(/;

    // The context of lineage collects warnings for readers.
    const writing = sources.filter(({ file }) => !file.startsWith('lineage/activities/'));
    const unnamed = writing.flatMap(({ file, text }) =>
      [...text.matchAll(call)].filter(([, line]) => !named.test(line!)).map(() => file),
    );

    // The start of the app reports broken settings as text for the stream of the host.
    expect(unnamed).toEqual(['index.ts']);
  });
});

describe('runQuery', () => {
  const tables = { traces: [{ message: '{"a":{"b":"x"},"n":3}' }, { message: 'text | "b"' }] };

  it.each([
    ['traces | extend line = parse_json(message) | where tostring(line.a.b) == "x"', 1],
    ['traces | where message in ("a | b", "c, d") or isempty(message)', 0],
    ['traces | extend line = parse_json(message) | where toint(line.n) >= 3', 1],
    ['traces | extend n = parse_json(message) | where not(n.n > 2) and isnotempty(message)', 1],
  ])('evaluates %s', (query, count) => {
    expect(runQuery(query, tables)).toHaveLength(count);
  });

  it.each([
    ['events | where true', 'no table events'],
    ['traces | summarize count()', 'is not supported'],
    ['traces | where strlen(message)', 'is not supported'],
    ['traces | where message in ("a"', 'Expected ) in'],
  ])('refuses %s', (query, why) => {
    expect(() => runQuery(query, tables)).toThrow(why);
  });
});

describe('recordsOf', () => {
  it('reads invocations as requests and lines as traces', () => {
    const log = [
      '12:00:00.123  relayOutbox                  failed     12 ms  0123abcd',
      '              {"event":"timer.failed","timer":"relayOutbox"}',
      '12:00:01.123  listConnectors               503         3 ms  0123abcd',
      '{"event":"outbox.hint_failed"}',
    ].join('\n');

    expect(recordsOf(log, new Set(['listConnectors']))).toEqual({
      requests: [
        { name: 'relayOutbox', success: false, resultCode: '500', url: '' },
        {
          name: 'listConnectors',
          success: false,
          resultCode: '503',
          url: 'http://127.0.0.1/listConnectors',
        },
      ],
      traces: [
        { message: '{"event":"timer.failed","timer":"relayOutbox"}' },
        { message: '{"event":"outbox.hint_failed"}' },
      ],
    });
  });
});
