/**
 * Endpoints on Table Storage whose responses are lost after the write, at each write in turn: the
 * caller gets the response that it gets without a fault, and the same events are recorded.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { tableStores } from '../../../functions/azure/tables/stores';
import { tableNames, type TableName } from '../../../functions/azure/tables/table-names';
import type { Caller } from '../../../functions/http/caller';
import { rightSecret } from '../../fakes/entra';
import { now, owner } from '../../support/builders';
import {
  callEndpoint,
  type EndpointCall,
  type EndpointName,
  type EndpointResult,
} from '../../support/call-endpoint';
import { testContext } from '../../support/context';
import { openBreakingTable, type Breaks } from '../../support/lost-responses';
import { useStorage } from '../../support/storage';

const storage = useStorage();

/** The call whose writes are counted, and whose responses are broken. */
const activeCall = new AsyncLocalStorage<{ readonly breaks: Breaks; writes: number }>();
let stores: ReturnType<typeof tableStores>;

beforeAll(async () => {
  const opened = await Promise.all(
    tableNames.map(async (name) => [name, await openTable()] as const),
  );
  const tables = new Map<TableName, TableClient>(opened);
  stores = tableStores((name) => tables.get(name)!);
});

async function openTable(): Promise<TableClient> {
  const { tableName } = await storage.newTable();
  return openBreakingTable(storage.connectionString, tableName, () => {
    const counted = activeCall.getStore();
    return counted?.breaks(counted.writes++);
  });
}

type Send = (name: EndpointName, call?: EndpointCall) => Promise<EndpointResult>;

interface Scenario {
  readonly endpoint: EndpointName;
  readonly status: number;
  /** Brings the tenant into the state in which the endpoint is called. */
  readonly prepare: (send: Send, tenantId: string) => Promise<EndpointCall>;
}

const ifMatch = { 'if-match': '"v1"' };
const merge = { ...ifMatch, 'content-type': 'application/merge-patch+json' };
const credentials = (tenantId: string) => ({
  method: 'client_credentials',
  tenantId,
  clientId: 'c0c0a000-0000-4000-8000-00000000000a',
  clientSecret: rightSecret,
});
const webhookDraft = { url: 'https://hooks.example/in', events: ['*'] };

async function createConnector(send: Send) {
  const body = { name: 'Sales', type: 'azure-data-factory' };
  const { json } = await send('createConnector', { body });
  return { connectorId: json.id as string };
}
async function createWebhook(send: Send) {
  const { json } = await send('createWebhook', { body: webhookDraft });
  return { webhookId: json.id as string };
}
async function prepareCallback(send: Send): Promise<EndpointCall> {
  const params = await createConnector(send);
  const { json } = await send('startOAuthSession', { params, body: {} });
  const redirect = await send('startOAuth', { query: new URL(json.startUrl).search });
  const [cookie] = redirect.cookies!;
  const state = new URL(redirect.headers['Location']!).searchParams.get('state')!;
  return {
    headers: { cookie: `${cookie!.name}=${cookie!.value}` },
    query: { code: 'right-code', state },
  };
}

async function prepareConfirmation(send: Send): Promise<EndpointCall> {
  const { headers, query } = await prepareCallback(send);
  const received = await send('oauthCallback', { headers: headers!, query: query! });
  const { search, searchParams } = new URL(received.headers['Location']!);
  const cookies = (received.cookies ?? []).map(({ name, value }) => `${name}=${value}`);
  const cookie = [headers!['cookie'], ...cookies].join('; ');
  const page = await send('showConfirmation', { headers: { cookie }, query: search });
  const [, csrfToken = ''] = /name="csrfToken" value="([^"]+)"/.exec(page.body as string) ?? [];
  const form = { state: searchParams.get('state')!, csrfToken, decision: 'confirm' };
  return {
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  };
}
async function startSession(send: Send, endpoint: 'startOAuthSession' | 'startDeviceSession') {
  const params = await createConnector(send);
  const { json } = await send(endpoint, { params, body: {} });
  return { ...params, sessionId: json.id as string };
}

const scenarios: Scenario[] = [
  {
    endpoint: 'createConnector',
    status: 201,
    prepare: async () => ({
      headers: { 'idempotency-key': 'key-0001' },
      body: { name: 'Sales', type: 'azure-data-factory' },
    }),
  },
  {
    endpoint: 'updateConnector',
    status: 200,
    prepare: async (send) => ({
      params: await createConnector(send),
      headers: merge,
      body: { name: 'Marketing' },
    }),
  },
  {
    endpoint: 'deleteConnector',
    status: 202,
    prepare: async (send) => ({ params: await createConnector(send), headers: ifMatch }),
  },
  {
    endpoint: 'replaceSchedule',
    status: 200,
    async prepare(send) {
      const params = await createConnector(send);
      const { headers } = await send('getSchedule', { params });
      const body = { kind: 'interval', minutes: 30, paused: false };
      return { params, headers: { 'if-match': headers['ETag']! }, body };
    },
  },
  {
    endpoint: 'submitCredentials',
    status: 200,
    prepare: async (send, tenantId) => ({
      params: await createConnector(send),
      body: credentials(tenantId),
    }),
  },
  {
    endpoint: 'rotateCredential',
    status: 200,
    async prepare(send, tenantId) {
      const params = await createConnector(send);
      await send('submitCredentials', { params, body: credentials(tenantId) });
      return { params, body: { clientSecret: rightSecret } };
    },
  },
  {
    endpoint: 'testConnection',
    status: 200,
    async prepare(send, tenantId) {
      const params = await createConnector(send);
      await send('submitCredentials', { params, body: credentials(tenantId) });
      return { params };
    },
  },
  {
    endpoint: 'disconnectConnector',
    status: 200,
    async prepare(send, tenantId) {
      const params = await createConnector(send);
      await send('submitCredentials', { params, body: credentials(tenantId) });
      return { params };
    },
  },
  {
    endpoint: 'startOAuthSession',
    status: 201,
    prepare: async (send) => ({ params: await createConnector(send), body: {} }),
  },
  {
    endpoint: 'startOAuth',
    status: 302,
    async prepare(send) {
      const params = await createConnector(send);
      const { json } = await send('startOAuthSession', { params, body: {} });
      return { query: new URL(json.startUrl).search };
    },
  },
  { endpoint: 'oauthCallback', status: 303, prepare: prepareCallback },
  { endpoint: 'confirmOAuth', status: 200, prepare: prepareConfirmation },
  {
    endpoint: 'cancelOAuthSession',
    status: 204,
    prepare: async (send) => ({ params: await startSession(send, 'startOAuthSession') }),
  },
  {
    endpoint: 'cancelDeviceSession',
    status: 204,
    prepare: async (send) => ({ params: await startSession(send, 'startDeviceSession') }),
  },
  {
    endpoint: 'startDeviceSession',
    status: 201,
    prepare: async (send) => ({ params: await createConnector(send), body: {} }),
  },
  { endpoint: 'createWebhook', status: 201, prepare: async () => ({ body: webhookDraft }) },
  {
    endpoint: 'updateWebhook',
    status: 200,
    prepare: async (send) => ({
      params: await createWebhook(send),
      headers: merge,
      body: { enabled: false },
    }),
  },
  {
    endpoint: 'rotateWebhookSecret',
    status: 200,
    prepare: async (send) => ({ params: await createWebhook(send) }),
  },
  {
    endpoint: 'deleteWebhook',
    status: 204,
    prepare: async (send) => ({ params: await createWebhook(send) }),
  },
];

/** Calls the endpoint in a new tenant, with broken responses during this call only. */
async function runScenario({ endpoint, prepare }: Scenario, breaks: Breaks) {
  const tenantId = randomUUID();
  const caller: Caller = { ...owner, tenantId };
  const context = testContext({ stores });
  context.entra.signedIn = { tenantId };
  const send: Send = (name, call = {}) =>
    callEndpoint(name, { services: context.services, as: caller, ...call });
  const call = await prepare(send, tenantId);

  const counted = { breaks, writes: 0 };
  const response = await activeCall.run(counted, () => send(endpoint, call));

  return { send, call, tenantId, writeCount: counted.writes, response: comparable(response) };
}

/** Pending events by tenant. A read follows all hints, so one serves all calls of a test. */
async function readEvents(): Promise<(tenantId: string) => readonly string[]> {
  const events = new Map<string, string[]>();
  for await (const { event } of stores.outbox.listPending(now)) {
    const { tenantId, type, outcome } = event;
    events.set(tenantId, [...(events.get(tenantId) ?? []), `${type} ${outcome}`].toSorted());
  }
  return (tenantId) => events.get(tenantId) ?? [];
}

/** Random ids and secrets have at least 20 characters. */
function comparable({ status, json, body }: EndpointResult) {
  const text = JSON.stringify([json, typeof body === 'string' ? body : null]);
  return { status, text: text.replaceAll(/whsec_[^"]+|[\w-]{20,}/g, '…') };
}

describe.each(scenarios)('$endpoint', (scenario) => {
  it('returns the same response if any storage response is lost', async () => {
    const { response, writeCount, tenantId } = await runScenario(scenario, () => undefined);
    expect(response.status).toBe(scenario.status);
    expect(writeCount).toBeGreaterThan(0);

    const faults: Breaks[] = [
      (write) => (write % 2 === 0 ? 'cut' : undefined),
      // Every attempt of every write takes effect, and none is answered.
      () => 'reset',
      ...Array.from(
        { length: writeCount },
        (_, lostWrite): Breaks =>
          (write) =>
            write === lostWrite ? 'reset' : undefined,
      ),
    ];
    const results = await Promise.all(faults.map((fault) => runScenario(scenario, fault)));

    const eventsOf = await readEvents();
    for (const result of results) {
      expect(result.response).toEqual(response);
      expect(eventsOf(result.tenantId)).toEqual(eventsOf(tenantId));
      expect(result.writeCount).toBeGreaterThan(writeCount);
    }
  });
});

it.each([0, 1, 2, 3, 4])(
  'createConnector repeats its response after write %i was lost',
  async (lostWrite) => {
    const { send, call, response } = await runScenario(scenarios[0]!, (write) =>
      write === lostWrite ? 'reset' : undefined,
    );

    const repeated = await send('createConnector', call);

    expect(comparable(repeated)).toEqual(response);
    expect(repeated.headers['Idempotency-Replayed']).toBe('true');
  },
);
