/** ArmFactoryReader against the emulator, and ResourceManager against a bare server with faults. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArmFactoryReader } from '../../../functions/azure/resource-manager/factory-reader';
import { ResourceManager } from '../../../functions/azure/resource-manager/resource-manager';
import type { SourceCursor } from '../../../functions/data-factory/ports';
import type { FactoryRef, ListedKind } from '../../../functions/data-factory/resource';
import type { JsonObject } from '../../../functions/data-factory/json';
import { UpstreamError } from '../../../functions/errors/app-error';
import { ensureCertificates } from '../../../infra/local/emulator/certificates';
import { listen } from '../../../infra/local/emulator/server';
import { certificatesFolder } from '../../support/emulator-context';
import {
  startManager,
  reader as readerId,
  stranger,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const bearer = (oid: string) => tokenFor(oid).replace('Bearer ', '');

describe('ArmFactoryReader', () => {
  let emulator: ManagerClient;
  let factory: FactoryRef;
  beforeAll(async () => {
    emulator = await startManager();
    factory = emulator.manager.factories()[0]!;
  });
  afterAll(() => emulator.stop());
  afterEach(() => emulator.manager.scenarios.clear());

  const readerAs = (oid = readerId, url = emulator.manager.url) =>
    new ArmFactoryReader(
      new ResourceManager({
        url,
        tokens: { forResourceManager: async () => bearer(oid), confirmRejection: async () => true },
        wait: async () => undefined,
      }),
    );
  async function all(kind: ListedKind, of = factory) {
    const items: JsonObject[] = [];
    let cursor: SourceCursor | undefined;
    do {
      const page = await readerAs().readPage(connector, of, kind, cursor);
      items.push(...(page.items as JsonObject[]));
      cursor = page.cursor;
    } while (cursor);
    return items;
  }

  it('discovers each factory of several subscriptions once', async () => {
    const found = await readerAs().discover(connector);

    expect(found.map(({ name }) => name).sort()).toEqual(
      emulator.manager
        .factories()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('lists factories per subscription if Resource Graph denies access', async () => {
    emulator.context.faults.add({
      service: 'resource-manager',
      path: 'ResourceGraph',
      kind: 'status',
      status: 403,
      rate: 1,
      delayMs: 0,
      seed: 1,
    });

    const found = await readerAs().discover(connector);
    emulator.context.faults.clear();

    expect(found).toHaveLength(emulator.manager.factories().length);
  });

  it('reads every object of a long list page by page', async () => {
    const big = emulator.manager.generateFactory({ name: 'big', pipelines: 120 });

    const pipelines = await all('pipeline', big);

    expect(new Set(pipelines.map(({ name }) => name)).size).toBe(120);
    expect(pipelines[0]).toMatchObject({
      etag: expect.any(String),
      properties: expect.any(Object),
    });
  });

  it.each<ListedKind>([
    'factory',
    'pipeline',
    'dataset',
    'linkedService',
    'dataFlow',
    'trigger',
    'integrationRuntime',
    'globalParameter',
    'credential',
    'managedVirtualNetwork',
    'managedPrivateEndpoint',
    'changeDataCapture',
  ])('reads the list of %s to its end', async (kind) => {
    await expect(all(kind)).resolves.toBeInstanceOf(Array);
  });

  it('throws without access instead of returning an empty list', async () => {
    await expect(readerAs(stranger).readPage(connector, factory, 'pipeline')).rejects.toMatchObject(
      { kind: expect.stringMatching(/refused|not-found/) },
    );
  });

  it('throws NotFoundError for an unknown factory', async () => {
    const reading = readerAs().readPage(connector, { ...factory, name: 'unknown' }, 'factory');

    await expect(reading).rejects.toMatchObject({ code: 'resource_manager_not_found' });
  });

  it('refuses a nextLink to another host', async () => {
    emulator.manager.scenarios.add({ scenario: 'next-link-strays', list: 'pipeline', page: 1 });
    const big = emulator.manager.generateFactory({ name: 'straying', pipelines: 60 });
    const { cursor } = await readerAs().readPage(connector, big, 'pipeline');

    const following = readerAs().readPage(connector, big, 'pipeline', cursor);

    await expect(following).rejects.toMatchObject({ code: 'cross_origin_link' });
  });
});

describe('ResourceManager', () => {
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let server: Server;
  let stop: () => Promise<void>;
  let requests: string[];
  let waits: number[];
  let now: number;
  let tokens: boolean[];
  let rejected: string[];
  let isCredentialRejected: boolean;
  beforeEach(async () => {
    requests = [];
    waits = [];
    now = Date.now();
    tokens = [];
    rejected = [];
    isCredentialRejected = true;
    const { key, cert } = await ensureCertificates(certificatesFolder);
    server = createServer({ key, cert }, (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      respond(request, response);
    });
    stop = await listen(server, 0);
  });
  afterEach(() => stop());

  /** A clock that only waiting moves. Waits are short, so that requests in flight can proceed. */
  const time = {
    now: () => now,
    wait: async (ms: number) => {
      waits.push(ms);
      now += ms;
      await sleep(1);
    },
  };
  const client = (random = 0.5) =>
    new ResourceManager({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      tokens: {
        async forResourceManager(_connector, { fresh = false } = {}) {
          tokens.push(fresh);
          return 'token';
        },
        async confirmRejection({ connectorId }) {
          rejected.push(connectorId);
          return isCredentialRejected;
        },
      },
      ...time,
      random: () => random,
    });
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
    response.writeHead(status, headers).end(JSON.stringify(body));
  /** Sets the responses in order. The last one is repeated. */
  const respondWith = (...given: [status: number, headers?: object][]) => {
    respond = (_request, response) => {
      const [status, headers = {}] = given.length > 1 ? given.shift()! : given[0]!;
      json(response, status, status < 300 ? { ok: true } : { error: { code: 'Oops' } }, headers);
    };
  };

  it.each([408, 429, 500, 502, 503, 504])('retries status %i', async (status) => {
    respondWith([status], [200]);

    await expect(client().get(connector, '/x')).resolves.toEqual({ ok: true });

    expect(waits).toEqual([500]);
  });

  it.each([401, 403, 404])('takes status %i of a proxy for no refusal', async (status) => {
    respond = (_request, response) => json(response, status, { message: 'Blocked.' });

    await expect(client().get(connector, '/x')).rejects.toMatchObject({
      kind: 'upstream',
      code: 'resource_manager_rejected',
    });
  });

  it('waits Retry-After and at most a tenth more', async () => {
    respondWith([429, { 'retry-after': '7' }], [200]);

    await client(1).get(connector, '/x');

    expect(waits).toEqual([7_700]);
  });

  it('throws ThrottledError for a Retry-After above the limit', async () => {
    respondWith([429, { 'retry-after': '120' }]);

    const result = client(0).get(connector, '/x');

    await expect(result).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 120 });
    expect(requests).toHaveLength(1);
  });

  it('sends no request of a throttled subscription before the pause ends', async () => {
    const sentAt: [string, number][] = [];
    respond = (request, response) => {
      sentAt.push([request.url!, now]);
      const isFirst = sentAt.length === 1;
      json(response, isFirst ? 429 : 200, {}, isFirst ? { 'retry-after': '7' } : {});
    };
    const arm = client(0);
    const startedAt = now;

    const first = arm.get(connector, '/subscriptions/s1/x0');
    await until(() => sentAt.length > 0);
    const others = [1, 2, 3].map((n) => arm.get(connector, `/subscriptions/S1/x${n}`));
    await Promise.all([first, ...others]);

    expect(sentAt).toHaveLength(5);
    expect(sentAt.slice(1).every(([, at]) => at >= startedAt + 7_000)).toBe(true);
  });

  it('defers only the throttled subscription', async () => {
    respond = (request, response) =>
      request.url!.includes('s1')
        ? json(response, 429, {}, { 'retry-after': '120' })
        : json(response, 200, { ok: true });
    const arm = client(0);
    await expect(arm.get(connector, '/subscriptions/s1/x')).rejects.toThrow(/throttling/);

    const again = arm.get(connector, '/subscriptions/s1/y');
    const other = arm.get(connector, '/subscriptions/s2/x');

    await expect(again).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 120 });
    await expect(other).resolves.toEqual({ ok: true });
    expect(requests).toHaveLength(2);
  });

  it('throws ThrottledError after a 429 on the last attempt', async () => {
    respondWith([429, { 'retry-after': '1' }]);

    const result = client(0).get(connector, '/x');

    await expect(result).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 20 });
    expect(requests).toHaveLength(6);
  });

  it('waits for the refill when headers report no remaining requests', async () => {
    let remaining = 3;
    respond = (_request, response) => {
      const headers = {
        'x-ms-ratelimit-remaining-subscription-reads': String(Math.max(0, --remaining)),
      };
      json(response, remaining < 0 && waits.length === 0 ? 429 : 200, {}, headers);
    };
    const arm = client();

    for (let n = 0; n < 5; n++) await arm.get(connector, `/subscriptions/s1/x${n}`);

    expect(requests).toHaveLength(5);
    expect(waits).toEqual([40, 40]);
  });

  it('reads the lists of a large factory without waiting', async () => {
    respond = (_request, response) => {
      const headers = {
        'x-ms-ratelimit-remaining-subscription-reads': String(250 - requests.length),
      };
      json(response, 200, {}, headers);
    };
    const arm = client();

    await Promise.all(
      Array.from({ length: 60 }, (_, n) => arm.get(connector, `/subscriptions/s1/x${n}`)),
    );

    expect(waits).toEqual([]);
  });

  it('defers other requests while a probe has no response', async () => {
    const held: ServerResponse[] = [];
    respond = (_request, response) => {
      if (requests.length === 1) json(response, 429, {}, { 'retry-after': '1' });
      else held.push(response);
    };
    const arm = client(0);
    const first = arm.get(connector, '/subscriptions/s1/x');
    await until(() => held.length === 1);
    waits = [];

    const result = arm.get(connector, '/subscriptions/s1/y');

    await expect(result).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 5 });
    expect(waits).toEqual(Array(20).fill(1_000));
    json(held[0]!, 200, {});
    await first;
  });

  it('gives up after six attempts with exponential backoff', async () => {
    respondWith([503]);

    const result = client(1).get(connector, '/x');

    await expect(result).rejects.toMatchObject({ code: 'resource_manager_unavailable' });
    expect(requests).toHaveLength(6);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  it('retries a 401 with a fresh token, then confirms the rejection', async () => {
    respondWith([401]);

    const result = client().get(connector, '/x');

    await expect(result).rejects.toMatchObject({ code: 'resource_manager_token_refused' });
    expect(tokens).toEqual([false, true]);
    expect(rejected).toEqual([connector.connectorId]);
  });

  it('denies access after a 401 that does not concern the credential', async () => {
    respondWith([401]);
    isCredentialRejected = false;

    const result = client().get(connector, '/subscriptions/moved/x');

    await expect(result).rejects.toMatchObject({ code: 'resource_manager_access_denied' });
    expect(rejected).toEqual([connector.connectorId]);
  });

  it.each([
    [400, 'resource_manager_rejected'],
    [403, 'resource_manager_access_denied'],
    [404, 'resource_manager_not_found'],
    [302, 'resource_manager_rejected'],
  ])('does not retry status %i', async (status, code) => {
    respondWith([status, { location: 'https://elsewhere.example/' }]);

    const result = client().get(connector, '/secret-name/list?code=secret');

    await expect(result).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('secret'),
    });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a reset connection', (response) => response.socket!.destroy()],
    [
      'a truncated response',
      (response) => {
        response.writeHead(200, { 'content-length': 99 });
        response.write('{"a"', () => response.destroy());
      },
    ],
    ['broken JSON', (response) => void response.end('{"a":')],
  ])('retries after %s', async (_, breaks) => {
    let first = true;
    respond = (_request, response) => {
      if (first) breaks(response);
      else json(response, 200, { ok: true });
      first = false;
    };

    await expect(client().get(connector, '/x')).resolves.toEqual({ ok: true });
  });

  it('sends at most eight requests at a time', async () => {
    let open = 0;
    let maxOpen = 0;
    respond = (_request, response) => {
      maxOpen = Math.max(maxOpen, ++open);
      setImmediate(() => {
        open--;
        json(response, 200, {});
      });
    };
    const arm = client();

    await Promise.all(Array.from({ length: 20 }, (_, n) => arm.get(connector, `/x${n}`)));

    expect(maxOpen).toBeLessThanOrEqual(8);
  });

  it('retries when a token is temporarily unavailable', async () => {
    respondWith([200]);
    let attempts = 0;
    const arm = new ResourceManager({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      tokens: {
        async forResourceManager() {
          if (++attempts < 3) throw new UpstreamError('entra_down', 'down', true);
          return 'token';
        },
        confirmRejection: async () => true,
      },
      ...time,
    });

    await expect(arm.get(connector, '/x')).resolves.toEqual({ ok: true });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}
