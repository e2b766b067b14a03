/** The pure helpers of the web app. Everything else of it is tested in a browser. */
import { ApiError, fieldErrors } from '../../functions/console/web/api/api-error';
import { cursorOf, urlOf } from '../../functions/console/web/api/request';
import {
  matchesSearch,
  studioUrl,
  type Edge,
} from '../../functions/console/web/pages/catalog/catalog';
import { layoutGraph } from '../../functions/console/web/pages/catalog/resource/graph';
import {
  bodyOf,
  emptySecrets,
  pasteHint,
} from '../../functions/console/web/pages/connectors/connect/form-values';
import {
  expiresSoon,
  stateSentence,
  toneOf,
  type Connector,
} from '../../functions/console/web/pages/connectors/connector';
import {
  draftsOf,
  emptyRule,
  filtersOf,
} from '../../functions/console/web/pages/connectors/detail/filter-rules';
import { nextTimes } from '../../functions/console/web/pages/connectors/schedule/next-times';
import { sortConnectors } from '../../functions/console/web/pages/connectors/sort-connectors';
import { clients } from '../../functions/console/web/pages/agents/clients';
import {
  byDistance,
  lineageGraph,
  mergeSteps,
  shortName,
  type Impact,
  type Step,
} from '../../functions/console/web/pages/lineage/lineage';
import { addressesIn, newDraft } from '../../functions/console/web/pages/provisioning/connection';
import { recordText, type Explanation } from '../../functions/console/web/pages/runs/explanation';
import {
  fieldsText,
  isTypedInto,
  nextPosition,
  searchPath,
} from '../../functions/console/web/pages/search/search';
import {
  medianOf,
  runsByDay,
  type PipelineRun,
} from '../../functions/console/web/pages/runs/run-statistics';
import { durationText, relativeText, wordsOf } from '../../functions/console/web/parts/format';
import { isSafeLink } from '../../functions/console/web/parts/safe-link';

describe('shared helpers of the console', () => {
  it('fill routes and leave out empty parameters', () => {
    const url = urlOf('connectors/{connectorId}/syncs', {
      params: { connectorId: 'a/b' },
      query: { status: '', limit: 5, cursor: undefined },
    });

    expect(url).toBe('/api/connectors/a%2Fb/syncs?limit=5');
  });

  it.each([
    ['/api/connectors?cursor=ab%3D&limit=2', 'ab='],
    ['https://api.example/api/connectors?cursor=x', 'x'],
    [undefined, undefined],
  ])('read the cursor of %j', (link, cursor) => {
    expect(cursorOf(link)).toBe(cursor);
  });

  it('show the violations of a problem at their fields', () => {
    const errors = [
      { pointer: '/clientSecret', detail: 'clientSecret is required' },
      { pointer: '?limit', detail: 'limit must be 1 or more' },
      { pointer: '/ranges/0', detail: 'ranges[0] is not an address' },
      { pointer: '/ranges/2', detail: 'ranges[2] is not an address' },
    ];

    const shown = fieldErrors(
      new ApiError({ title: 'Invalid', status: 400, code: 'invalid_body', errors }, undefined),
    );

    expect(shown).toEqual({
      clientSecret: 'clientSecret is required',
      limit: 'limit must be 1 or more',
      ranges: 'ranges[0] is not an address; ranges[2] is not an address',
    });
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [72_000, '1 m 12 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('write %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    ['2026-01-01T00:00:05Z', 'just now'],
    ['2026-01-01T00:05:00Z', 'in 5 minutes'],
    ['2025-12-31T21:00:00Z', '3 hours ago'],
    ['2026-04-01T00:00:00Z', 'in 3 months'],
  ])('write %s relative to now as %s', (time, text) => {
    expect(relativeText(time, new Date('2026-01-01T00:00:00Z'))).toBe(text);
  });

  it('write names of kinds and codes as words', () => {
    expect(['linkedService', 'grant_expired'].map(wordsOf)).toEqual([
      'Linked service',
      'Grant expired',
    ]);
  });

  it.each([
    ['https://myapps.microsoft.com/', true],
    ['https://login.microsoftonline.com/x', true],
    ['http://127.0.0.1:7071/x', true],
    ['/api/problems/x', true],
    ['https://evil.example/', false],
    ['https://microsoft.com.evil.example/', false],
    ['http://portal.azure.com/', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
  ])('decide whether %s may be a link', (address, allowed) => {
    expect(isSafeLink(address)).toBe(allowed);
  });
});

const connector: Connector = {
  id: 'c1',
  etag: '"v1"',
  name: 'Sales',
  type: 'azure-data-factory',
  connectedWith: 'oauth',
  credentialOwner: { objectId: 'o1', displayName: 'Ada' },
  status: 'connected',
  connectionExpiresAt: null,
  connectionExpiresAtSource: null,
  warnings: [],
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};
const now = new Date('2026-06-01T00:00:00Z');

describe('a connector on a page', () => {
  it.each([
    [{}, 'good'],
    [{ warnings: [{ code: 'w', message: 'm' }] }, 'warning'],
    [{ reason: { code: 'r', message: 'm' } }, 'warning'],
    [{ status: 'connection_expired' }, 'bad'],
    [{ status: 'unconnected' }, 'neutral'],
  ] as const)('with %j has the tone %s', (more, tone) => {
    expect(toneOf({ ...connector, ...more } as Connector)).toBe(tone);
  });

  it('expires soon within 30 days', () => {
    const expiring = (connectionExpiresAt: string | null) =>
      expiresSoon({ ...connector, connectionExpiresAt }, now);

    expect([
      expiring('2026-06-30T00:00:00Z'),
      expiring('2026-07-02T00:00:00Z'),
      expiring(null),
    ]).toEqual([true, false, false]);
  });

  it('has its state as a sentence', () => {
    const connected = {
      connectedAt: '2026-05-30T00:00:00Z',
      lastVerifiedAt: '2026-05-31T23:00:00Z',
    };

    expect(stateSentence({ ...connector, ...connected }, now)).toBe(
      'Connected 2 days ago. Last verified 1 hour ago.',
    );
  });

  it('is sorted with missing values last in both directions', () => {
    const items = [
      { ...connector, id: 'none' },
      { ...connector, id: 'late', connectionExpiresAt: '2026-09-01T00:00:00Z' },
      { ...connector, id: 'early', connectionExpiresAt: '2026-07-01T00:00:00Z' },
    ];

    const ids = (descending: boolean) =>
      sortConnectors(items, 'expiresAt', descending).map(({ id }) => id);
    expect(ids(false)).toEqual(['early', 'late', 'none']);
    expect(ids(true)).toEqual(['late', 'early', 'none']);
  });
});

describe('the form of a method', () => {
  const fields = [
    { name: 'clientId', secret: false, required: true, input: 'text' },
    { name: 'clientSecret', secret: true, required: true, input: 'password' },
    { name: 'secretExpiresAt', secret: false, required: false, input: 'date-time' },
    { name: 'allowAccountChange', secret: false, required: false, input: 'checkbox' },
  ] as const;

  it('sends trimmed values, whole secrets and dates as times', () => {
    const values = {
      clientId: ' id ',
      clientSecret: ' s ',
      secretExpiresAt: '2027-01-31',
      allowAccountChange: false,
    };

    expect(bodyOf(fields, values)).toEqual({
      clientId: 'id',
      clientSecret: ' s ',
      secretExpiresAt: '2027-01-31T00:00:00Z',
    });
  });

  it('forgets secrets only', () => {
    expect(emptySecrets(fields, { clientId: 'id', clientSecret: 's' })).toEqual({
      clientId: 'id',
      clientSecret: '',
    });
  });

  it.each([
    ['clientSecret', '0f0e1d2c-0000-4000-8000-0000000000a2', /Secret ID/],
    ['clientSecret', 'abc~value', /^$/],
    ['clientId', 'contoso', /GUID/],
    ['clientId', '0f0e1d2c-0000-4000-8000-0000000000a2', /^$/],
    ['tenantId', 'contoso', /domain/],
    ['tenantId', 'contoso.com', /^$/],
    ['clientId', '', /^$/],
  ])('checks what was pasted into %s: %s', (name, value, hint) => {
    const found = pasteHint({ name }, value) ?? '';

    expect(found).toMatch(hint);
  });

  it('keeps filters as they were, and drops rules without a part', () => {
    const filters = {
      include: [{ factory: 'sales' }],
      exclude: [{ tag: { name: 'env', value: 'test' } }, { tag: { name: 'old' } }],
    };

    expect(filtersOf([...draftsOf(filters), emptyRule])).toEqual(filters);
    expect(filtersOf([emptyRule])).toBeNull();
  });
});

describe('the form of a provisioning connection', () => {
  it.each([
    ['', []],
    [' 203.0.113.0/24\n\n2001:db8::/32 ', ['203.0.113.0/24', '2001:db8::/32']],
    ['192.0.2.1, 192.0.2.2;192.0.2.3', ['192.0.2.1', '192.0.2.2', '192.0.2.3']],
  ])('reads the addresses in %j', (addresses, found) => {
    expect(addressesIn({ ...newDraft, addresses })).toEqual(found);
  });
});

describe('the preview of a schedule', () => {
  const plan = {
    kind: 'cron',
    minutes: 60,
    expression: '0 6 * * *',
    timeZone: 'Europe/Berlin',
  } as const;

  it('has the next five times in the zone', () => {
    const times = nextTimes(plan, now)!;

    expect(times).toHaveLength(5);
    expect(times[0]!.toISOString()).toBe('2026-06-01T04:00:00.000Z');
  });

  it.each(['', '0 6 * *', 'x 6 * * *'])('has none for the expression %j', (expression) => {
    expect(nextTimes({ ...plan, expression }, now)).toBeUndefined();
  });

  it('counts an interval from now', () => {
    expect(nextTimes({ ...plan, kind: 'interval' }, now)![1]!.toISOString()).toBe(
      '2026-06-01T02:00:00.000Z',
    );
  });
});

describe('resources of the catalog', () => {
  const resource = {
    id: 'r1',
    kind: 'pipeline',
    name: 'pl_ingest ads',
    factory: { id: '/subscriptions/s/f', name: 'f', resourceGroup: 'g', subscriptionId: 's' },
    folder: 'Ingest/Daily',
    etag: '"1"',
    updatedAt: '2026-01-01T00:00:00Z',
  } as const;

  it('match a search if every word occurs', () => {
    expect(['INGEST daily', 'ads', 'ingest weekly'].map((q) => matchesSearch(resource, q))).toEqual(
      [true, true, false],
    );
  });

  it('link to their page of Data Factory Studio', () => {
    expect(studioUrl(resource)).toBe(
      'https://adf.azure.com/en/authoring/pipeline/pl_ingest%20ads?factory=%2Fsubscriptions%2Fs%2Ff',
    );
    expect(studioUrl({ ...resource, kind: 'activity' })).toBeUndefined();
  });

  it('are placed once in the graph, also in a cycle', () => {
    const edge = (source: string, target: string) =>
      ({
        kind: 'calls',
        source: { id: source, kind: 'pipeline', name: source },
        target: { id: target, kind: 'pipeline', name: target },
        evidence: { resourceId: source, pointers: [] },
      }) satisfies Edge;

    const { nodes, edges } = layoutGraph([edge('a', 'b'), edge('b', 'a'), edge('a', 'b')]);

    expect(nodes.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(edges).toHaveLength(2);
    expect(nodes.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  });

  it('have runs that are counted by day and outcome', () => {
    const run = (startedAt: string, status: string) => ({ startedAt, status }) as PipelineRun;

    const days = runsByDay([
      run('2026-01-02T01:00:00Z', 'Failed'),
      run('2026-01-01T01:00:00Z', 'Succeeded'),
      run('2026-01-02T02:00:00Z', 'InProgress'),
    ]);

    expect(days).toEqual([
      { day: '2026-01-01', Succeeded: 1, Failed: 0, Other: 0 },
      { day: '2026-01-02', Succeeded: 0, Failed: 1, Other: 1 },
    ]);
    expect([medianOf([3, 1, 2]), medianOf([])]).toEqual([2, undefined]);
  });
});

describe('a lineage graph', () => {
  const asset = (id: string) =>
    ({ id, kind: 'asset', namespace: 'mssql://s', name: id, type: 'AzureSqlDatabase' }) as const;
  const step = (source: string, target: string, more: Partial<Step> = {}): Step => ({
    distance: 1,
    source: asset(source),
    target: asset(target),
    job: { resourceId: 'r1', document: 'pl', path: 'Each/Copy', activityType: 'Copy' },
    type: 'DIRECT',
    confidence: 'static',
    columnState: 'explicit',
    pointer: '/outputs/0',
    ...more,
  });
  const other = { resourceId: 'r2', document: 'pl', path: 'Load', activityType: 'Copy' };

  it('has one edge for all activities between two assets', () => {
    const { nodes, edges } = lineageGraph(
      [step('a', 'b'), step('a', 'b', { job: other }), step('b', 'c')],
      'b',
    );

    expect(nodes.map(({ key, isCurrent }) => [key, isCurrent])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ]);
    expect(edges.map(({ label }) => label)).toEqual(['2 activities', 'Copy']);
  });

  it.each([
    [[{ confidence: 'dynamic' }, { confidence: 'defaulted' }], 'line-defaulted'],
    [[{ type: 'INDIRECT' }], 'line-static line-indirect'],
    [[{ type: 'INDIRECT' }, { confidence: 'dynamic' }], 'line-static'],
  ] as const)('has for %j the line %s', (own, line) => {
    const steps = own.map((more, index) => step('a', 'b', { ...more, pointer: String(index) }));

    expect(lineageGraph(steps, undefined).edges[0]!.className).toBe(line);
  });

  it('has a step of both directions once, nearest first', () => {
    const far = step('b', 'c', { distance: 2 });

    expect(mergeSteps([far, step('a', 'b')], [step('a', 'b')])).toEqual([step('a', 'b'), far]);
  });

  it('names an asset without a name by its namespace', () => {
    expect(shortName({ namespace: 'abfss://raw@lake', name: '/' })).toBe('abfss://raw@lake');
  });

  it('lists the impact by distance', () => {
    const item = (distance: number, id: string): Impact => ({ distance, asset: asset(id) });

    const groups = byDistance([item(2, 'c'), item(1, 'a'), item(2, 'd')]);

    expect(groups.map(([distance, items]) => [distance, items.length])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('the search of the header', () => {
  it('has an address with the facets that were chosen', () => {
    expect(searchPath({ q: 'a b', kind: 'dataset', factory: undefined })).toBe(
      '/search?q=a+b&kind=dataset',
    );
  });

  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 2, 2],
    ['ArrowUp', 0, 0],
    ['Home', 2, 0],
    ['End', 0, 2],
    ['Tab', 0, undefined],
  ])('moves by %s from result %d to %s', (key, current, next) => {
    expect(nextPosition(key, current, 3)).toBe(next);
  });

  it('leaves the slash to fields that take text', () => {
    const element = (tagName: string, isContentEditable = false) => ({
      tagName,
      isContentEditable,
    });

    expect([element('INPUT'), element('DIV', true), element('A'), null].map(isTypedInto)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(fieldsText(['name', 'folder', 'sql'])).toBe('name, folder and SQL');
  });
});

describe('the explanation of a run', () => {
  const earlier = (...statuses: (string | undefined)[]): Explanation['earlierRuns'] =>
    statuses.map((status) => ({
      id: 'r',
      status: 'Failed',
      startedAt: '2026-01-01T00:00:00Z',
      ...(status !== undefined && { activity: { status } }),
    }));

  it.each([
    [earlier(undefined), 'No earlier run of this activity is stored.'],
    [earlier('Failed'), 'The activity failed in its one earlier run that is stored.'],
    [
      earlier('Failed', 'Succeeded', undefined, 'TimedOut'),
      'The activity failed in 2 of its 3 earlier runs that are stored.',
    ],
  ])('says of %j: %s', (runs, sentence) => {
    expect(recordText(runs)).toBe(sentence);
  });
});

describe('the configuration of an agent', () => {
  const address = { url: 'https://api.example/api/mcp', scope: 'api://a/b', clientId: 'c-1' };

  it.each(clients.map((client) => [client.name, client] as const))(
    'for %s has the address and no secret',
    (_, { configuration, redirect, note }) => {
      const text = configuration(address);

      expect(text).toContain(address.url);
      expect(text.includes(address.clientId)).toBe(redirect !== undefined);
      expect(redirect ?? note).toBeDefined();
    },
  );
});
