/**
 * The sample sync of `npm start` on an empty folder, and clients of its API that are not ours. The
 * app is the zipped package, unpacked where it finds no other package.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { unzipSync } from 'fflate';
import OpenAPIClientAxios, { type OpenAPIClient } from 'openapi-client-axios';
import { browserProgram, openBrowser } from './support/browser';
import { connectTo, type Connection } from './support/connection';
import { startFrontend, type Frontend } from './support/frontend';
import { isTerminal, listAllResources } from './support/journey';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import { describeScimOfHost } from '../scim/conformance/host-suite';

let frontend: Frontend;
let app: string;
let stack: RunningStack;
beforeAll(async () => {
  frontend = await startFrontend();
  app = await unpackPackage();
  stack = await startRunningStack({
    sampleSync: true,
    scim: true,
    storageOnDisk: true,
    arguments: [`--origin=${frontend.origin}`, `--app=${app}`],
  });
});
afterAll(async () => {
  await frontend.stop();
  await stack.stop();
  await stack.removeData();
  await rm(app, { recursive: true });
});

async function unpackPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adf-connect-package-'));
  const zip = await readFile(join(__dirname, '../../dist/adf-connect.zip'));
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

describe('npm start', () => {
  it('creates and syncs a sample connector on an empty data folder', async () => {
    const { body } = await stack.call('GET', '/api/connectors');

    expect(body.items).toMatchObject([
      {
        name: 'Contoso (sample)',
        connectedWith: 'client_credentials',
        credentialOwner: { displayName: 'Ada Lovelace' },
        status: 'connected',
        connectionExpiresAt: null,
      },
    ]);
  });

  it('catalogs every kind of resource', async () => {
    const { body } = await stack.call('GET', '/api/connectors');

    const resources = await listAllResources(stack, body.items[0].id);

    expect([...new Set(resources.map(({ kind }) => kind))].sort()).toEqual([
      'activity',
      'changeDataCapture',
      'credential',
      'dataFlow',
      'dataset',
      'factory',
      'globalParameter',
      'integrationRuntime',
      'linkedService',
      'managedPrivateEndpoint',
      'managedVirtualNetwork',
      'pipeline',
      'trigger',
    ]);
  });
});

describe('a client that knows the OpenAPI document only', () => {
  let client: OpenAPIClient;
  beforeAll(async () => {
    const { baseUrl, tokens } = await stack.description();
    const api = new OpenAPIClientAxios({
      definition: `${baseUrl}/api/openapi.json`,
      axiosConfigDefaults: {
        headers: { authorization: `Bearer ${tokens.owner}` },
        validateStatus: () => true,
      },
    });
    client = await api.init();
  });

  it('creates, connects, syncs, reads and deletes a connector', async () => {
    const { sample } = await stack.description();
    const created = await client['createConnector']!({}, { name: 'By the document' });
    const connectorId = created.data.id as string;
    const credential = {
      method: 'client_credentials',
      tenantId: sample.tenantId,
      clientId: sample.clientId,
      clientSecret: sample.clientSecret,
    };
    const connected = await client['submitCredentials']!({ connectorId }, credential);
    const started = await client['startSync']!({ connectorId }, {});
    const run = await until(async () => {
      const { data } = await client['getSync']!({ connectorId, syncRunId: started.data.id });
      return isTerminal(data) && data;
    }, 'the sync run is terminal');
    const resources = await client['listResources']!({ connectorId, kind: 'pipeline', limit: 1 });
    const { data: current } = await client['getConnector']!({ connectorId });
    const deleted = await client['deleteConnector']!({ connectorId, 'If-Match': current.etag });

    expect([created.status, connected.status, started.status]).toEqual([201, 200, 202]);
    expect(run).toMatchObject({ status: 'succeeded' });
    expect(resources.data.items).toHaveLength(1);
    expect(deleted.status).toBe(202);
  });

  it('reads the run whose id the list shows', async () => {
    const { data: connectors } = await client['listConnectors']!();
    const connectorId = connectors.items[0].id as string;
    const { data: runs } = await client['listPipelineRuns']!({ connectorId, limit: 1 });

    const pipelineRunId = runs.items[0].id as string;
    const { status, data } = await client['getPipelineRun']!({ connectorId, pipelineRunId });

    expect({ status, id: data.id }).toEqual({ status: 200, id: pipelineRunId });
  });
});

describe('the audit trail', () => {
  const linked = (action: string) =>
    until(async () => {
      const { body } = await stack.call('GET', `/api/audit/entries?action=${action}`);
      return body.items.length > 0;
    }, `${action} is linked`);

  it('holds configuration, syncs and provisioning in one intact chain', async () => {
    await linked('connector.connected');
    await linked('sync.succeeded');
    await linked('provisioning.token_issued');

    const { body } = await stack.call('GET', '/api/audit/verification');

    expect(body).toMatchObject({ outcome: 'intact', checkedFrom: 1 });
    expect(body.checkpointCount).toBeGreaterThan(0);
  });

  it('names an entry that was changed in storage, and its repair', async () => {
    await linked('sync.succeeded');
    const { azure, sample } = await stack.description();
    const table = TableClient.fromConnectionString(azure.storageConnectionString, 'auditTrail');
    const key = { partitionKey: sample.tenantId, rowKey: 'entry-0000000000000002' };
    const { text0 } = await table.getEntity<{ text0: string }>(key.partitionKey, key.rowKey);

    await table.updateEntity({ ...key, text0: text0.replace('Ada', 'Eve') }, 'Merge');
    const changed = await stack.call('GET', '/api/audit/verification');
    await table.updateEntity({ ...key, text0 }, 'Merge');
    const repaired = await stack.call('GET', '/api/audit/verification');

    expect(changed.body).toMatchObject({ outcome: 'broken', fault: { seq: 2, kind: 'changed' } });
    expect(repaired.body).toMatchObject({ outcome: 'intact' });
  });
});

describe('a failure', () => {
  it.each([
    ['GET', '/api/nothing', 404, null],
    ['GET', '/api/', 404, null],
    ['PATCH', '/api/connectors', 405, 'GET, HEAD, POST'],
    ['HEAD', '/api/oauth/start', 405, 'GET'],
    ['PUT', '/api/health', 405, 'GET, HEAD'],
  ])('is a problem for %s %s', async (method, path, status, allow) => {
    const { baseUrl } = await stack.description();

    const response = await fetch(`${baseUrl}${path}`, { method });

    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

describe('HEAD', () => {
  it('has the headers of GET without the content', async () => {
    const { baseUrl } = await stack.description();
    const got = await fetch(`${baseUrl}/api/openapi.json`);

    const head = await fetch(`${baseUrl}/api/openapi.json`, { method: 'HEAD' });

    expect(head.headers.get('etag')).toBe(got.headers.get('etag'));
    expect(await head.text()).toBe('');
  });
});

describe('a body without a length', () => {
  let connection: Connection;
  beforeEach(async () => {
    const { baseUrl, tokens } = await stack.description();
    connection = connectTo(baseUrl, tokens.owner);
  });
  afterEach(() => connection.close());

  it('is read as it arrives', async () => {
    const chunks = ['{"name":', '"In chunks"', '}'];

    const created = await connection.send({ method: 'POST', path: '/api/connectors', chunks });
    const renamed = await connection.send({
      method: 'PATCH',
      path: `/api/connectors/${created.json.id}`,
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': created.json.etag },
      chunks: ['{"name":"Also', ' in chunks"}'],
    });

    expect(created).toMatchObject({ status: 201, json: { name: 'In chunks' } });
    expect(renamed).toMatchObject({ status: 200, json: { name: 'Also in chunks' } });
  });

  /** A body is given up when it has stopped for so long. A refusal does not wait for that. */
  const stoppedBodyMs = 10_000;
  /** Several times the largest body that any endpoint reads. */
  const large = Array.from({ length: 40 }, () => 'x'.repeat(100_000));
  it.each([
    ['reads JSON', 'POST', '/api/connectors', 413],
    ['reads a form', 'POST', '/api/oauth/confirm', 413],
    ['reads no body', 'POST', '/api/connectors/cn-unknown/disconnect', 404],
    ['only reads', 'GET', '/api/connectors', 200],
    ['is not there', 'POST', '/api/nothing', 404],
    ['does not know the method', 'PUT', '/api/connectors', 405],
  ])(
    'is refused quickly if it is large and the endpoint %s',
    async (_what, method, path, status) => {
      const began = performance.now();

      const refused = await connection.send({ method, path, chunks: large });
      const next = await connection.send({ method: 'GET', path: '/api/me' });

      expect(refused.status).toBe(status);
      expect(next.status).toBe(200);
      expect(performance.now() - began).toBeLessThan(stoppedBodyMs);
    },
  );

  it('is refused quickly without a token', async () => {
    const began = performance.now();
    const stranger = { authorization: 'Bearer none' };

    const refused = await connection.send({
      method: 'POST',
      path: '/api/connectors',
      headers: stranger,
      chunks: large,
    });
    const next = await connection.send({ method: 'GET', path: '/api/me' });

    expect([refused.status, next.status]).toEqual([401, 200]);
    expect(performance.now() - began).toBeLessThan(stoppedBodyMs);
  });

  it('is no internal error if the caller breaks off', async () => {
    await connection.breakOff({ method: 'POST', path: '/api/connectors', chunks: ['{"name":'] });

    await until(() => stack.output().includes('"body_cut_off"'), 'the broken body is refused');
    expect(stack.output()).not.toContain('internal_error');
  });
});

const inABrowser = browserProgram ? it : it.skip;

describe('an agent of the official SDK', () => {
  const connectAgent = async (token: string) => {
    const { baseUrl } = await stack.description();
    const transport = new StreamableHTTPClientTransport(new URL('/api/mcp', baseUrl), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    return client;
  };

  it('calls every tool with what the tools before returned', async () => {
    const { tokens } = await stack.description();
    const client = await connectAgent(tokens.owner);
    const call = async (name: string, args: object = {}) => {
      const { structuredContent, isError } = await client.callTool({
        name,
        arguments: { ...args },
      });
      expect({ name, isError }).toEqual({ name, isError: undefined });
      return (structuredContent as any).data;
    };

    const { tools } = await client.listTools();
    const { items } = await call('connector_status');
    const connectorId = items.find(({ name }: any) => name === 'Contoso (sample)').id;
    const pipelines = await call('list_resources', { connectorId, kind: 'pipeline' });
    const resourceId = pipelines.items[0].id;
    const assets = await call('find_assets', { connectorId });
    const asset = assets.items[0].id;
    const runs = await call('list_runs', { connectorId, status: 'Failed' });
    const answers = {
      search: await call('search', { q: pipelines.items[0].name }),
      get_resource: await call('get_resource', { connectorId, resourceId }),
      lineage: await call('lineage', { connectorId, asset, direction: 'downstream' }),
      impact: await call('impact', { connectorId, resource: resourceId }),
      explain_run: await call('explain_run', { connectorId, pipelineRunId: runs.items[0].id }),
      what_changed: await call('what_changed', { connectorId }),
      who_has_access: await call('who_has_access'),
    };

    const called = ['connector_status', 'list_resources', 'find_assets', 'list_runs'];
    expect([...called, ...Object.keys(answers)].toSorted()).toEqual(
      tools.map(({ name }) => name).toSorted(),
    );
    expect(answers.search.items[0].id).toBe(resourceId);
    expect(answers.explain_run.chain[0].run.status).toBe('Failed');
    expect(answers.get_resource.body.name).toBe(answers.get_resource.name);
  });

  it('without a token is led to Entra', async () => {
    const { baseUrl } = await stack.description();

    const refused = await fetch(new URL('/api/mcp', baseUrl), { method: 'POST' });
    const [, address = ''] = /resource_metadata="([^"]+)"/.exec(
      refused.headers.get('www-authenticate') ?? '',
    )!;
    const metadata = (await (await fetch(address)).json()) as any;

    expect(refused.status).toBe(401);
    expect(metadata.resource).toBe(new URL('/api/mcp', baseUrl).href);
    const [issuer] = metadata.authorization_servers;
    const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ token_endpoint: expect.any(String) });
  });
});

describe('a page of another origin', () => {
  const inPage = async <T>(url: string, script: (input: ScriptInput) => Promise<T>) => {
    const { baseUrl, tokens } = await stack.description();
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(url);
      return await page.evaluate(script, { baseUrl, token: tokens.owner });
    } finally {
      await browser.close();
    }
  };

  inABrowser('creates, renames and deletes a connector', async () => {
    const seen = await inPage(frontend.origin, renameAndDelete);

    expect(seen).toMatchObject({ statuses: [201, 200, 202, 404], name: 'Renamed', same: true });
    expect(seen.headers).toEqual({
      etag: '"v2"',
      location: expect.stringMatching(/^\/api\/connectors\//),
      'x-request-id': expect.any(String),
      ratelimit: expect.stringContaining('writes'),
      'retry-after': '1',
      link: null,
    });
  });

  inABrowser('reads nothing if its origin is not allowed', async () => {
    const other = await startFrontend();
    try {
      await expect(inPage(other.origin, renameAndDelete)).rejects.toThrow('Failed to fetch');
    } finally {
      await other.stop();
    }
  });
});

interface ScriptInput {
  readonly baseUrl: string;
  readonly token: string;
}

/** Runs in the browser. Takes versions from bodies and headers that the page may read. */
async function renameAndDelete({ baseUrl, token }: ScriptInput) {
  const send = (method: string, path: string, body?: object, headers = {}) =>
    fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const created = await send('POST', '/api/connectors', { name: 'From a page' });
  const connector = (await created.json()) as { id: string; etag: string };
  const path = `/api/connectors/${connector.id}`;
  const renamed = await send('PATCH', path, { name: 'Renamed' }, { 'if-match': connector.etag });
  const { name, etag } = (await renamed.json()) as { name: string; etag: string };
  const deleted = await send('DELETE', path, undefined, { 'if-match': etag });
  const gone = await send('GET', path);
  return {
    statuses: [created.status, renamed.status, deleted.status, gone.status],
    name,
    same: renamed.headers.get('etag') === etag,
    headers: {
      etag: renamed.headers.get('etag'),
      location: created.headers.get('location'),
      'x-request-id': created.headers.get('x-request-id'),
      ratelimit: created.headers.get('ratelimit'),
      'retry-after': deleted.headers.get('retry-after'),
      link: deleted.headers.get('link'),
    },
  };
}

describeScimOfHost(() => stack);

describe('a restart', () => {
  it('keeps the connector and the SCIM token, and takes another profile', async () => {
    const { scim } = await stack.description();
    expect(await stack.stop()).toBe(0);

    stack = await startRunningStack({
      dataFolder: stack.dataFolder,
      sampleSync: true,
      scim: true,
      storageOnDisk: true,
      arguments: ['--scim-profile=okta'],
    });
    const { body } = await stack.call('GET', '/api/connectors');
    const connections = await stack.call('GET', '/api/provisioning/connections');

    expect(body.items).toContainEqual(
      expect.objectContaining({ name: 'Contoso (sample)', status: 'connected' }),
    );
    expect(stack.output()).toContain('already there');
    expect((await stack.description()).scim?.token).toBe(scim!.token);
    expect(connections.body.items).toMatchObject([{ profile: 'okta' }]);
  });
});
