/** Spans and lines of the log: joined by trace, named, and without secrets. */
import { HttpRequest, InvocationContext } from '@azure/functions';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { observed } from '../../functions/durable/observed-step';
import { NotFoundError } from '../../functions/errors/app-error';
import { failureLine } from '../../functions/errors/log-failure';
import { logLine } from '../../functions/telemetry/log-line';
import { createScimHandler } from '../../functions/provisioning/scim/scim.http';
import type { ScimService } from '../../functions/provisioning/scim/scim-service';
import { inSpan } from '../../functions/telemetry/span';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceParent = `00-${traceId}-b7ad6b7169203331-01`;
const stepContext = (lines: string[]) => ({
  traceContext: { traceParent },
  triggerMetadata: { instanceId: 'sync-c1-s1' },
  info: (line: string) => void lines.push(line),
});

describe('inSpan', () => {
  it('nests spans and keeps attributes', async () => {
    await inSpan('outer', { traceParent }, () =>
      inSpan('inner', { kind: 'client' }, async (note) => note({ status: 204 })),
    );

    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner).toMatchObject({ name: 'inner', attributes: { status: 204 } });
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.spanContext().traceId).toBe(traceId);
  });

  it('marks a failure by its code, without its message', async () => {
    const failing = inSpan('read', {}, () =>
      Promise.reject(new NotFoundError('sync_not_found', 'hunter2')),
    );

    await expect(failing).rejects.toThrow('hunter2');
    const [span] = exporter.getFinishedSpans();
    expect(span?.attributes).toEqual({ 'error.type': 'sync_not_found' });
    expect(JSON.stringify([span?.status, span?.events])).not.toContain('hunter2');
  });

  it.each(['', 'no-trace', '00-zz-00-01'])('ignores the trace parent "%s"', async (broken) => {
    await inSpan('read', { traceParent: broken }, async () => undefined);

    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });
});

describe('an attempt of a step', () => {
  it('is a span of its orchestration and a line of the log', async () => {
    const lines: string[] = [];
    const input = { tenantId: 't', connectorId: 'c1', syncRunId: 's1', kind: 'pipeline' };

    await observed('mirrorKind', input, stepContext(lines), async () => undefined);

    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: 'step mirrorKind',
      attributes: { 'adf_connect.connector_id': 'c1', 'adf_connect.phase': 'pipeline' },
    });
    expect(span?.parentSpanContext?.traceId).toBe(traceId);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        event: 'step.finished',
        step: 'mirrorKind',
        connectorId: 'c1',
        syncRunId: 's1',
        instanceId: 'sync-c1-s1',
        phase: 'pipeline',
        durationMs: expect.any(Number),
        outcome: 'succeeded',
      },
    ]);
  });

  it.each([
    [new NotFoundError('sync_not_found', 'Gone.'), 'refused'],
    [new Error('broken'), 'failed'],
  ])('that throws %s is %s', async (error, outcome) => {
    const lines: string[] = [];

    const failing = observed('read', {}, stepContext(lines), () => Promise.reject(error));

    await expect(failing).rejects.toBe(error);
    expect(lines.join()).toContain(`"outcome":"${outcome}"`);
  });
});

describe('a request', () => {
  it('is a span that is named by its route', async () => {
    const { services } = syncContext();

    await callEndpoint('getConnector', { params: { connectorId: 'c1' }, services, as: owner });

    const span = exporter.getFinishedSpans().find(({ name }) => name.startsWith('GET /'));
    expect(span).toMatchObject({
      name: 'GET /connectors/{connectorId}',
      attributes: { 'http.response.status_code': 200 },
    });
    expect(JSON.stringify(span?.attributes)).not.toContain(owner.tenantId);
  });

  it('of an identity provider is a span without the path', async () => {
    const respond = async () => ({ status: 201, headers: {}, body: undefined });
    const handler = createScimHandler(() => ({ scim: { respond } as unknown as ScimService }));
    const url = 'https://app.example/api/scim/v2/Users/hunter2';
    const request = new HttpRequest({ method: 'GET', url, params: { path: 'Users/hunter2' } });

    await handler(request, new InvocationContext({ functionName: 'scim' }));

    const span = exporter.getFinishedSpans().at(-1);
    expect(span).toMatchObject({
      name: 'GET /scim/v2/{*path}',
      attributes: { 'http.response.status_code': 201 },
    });
    expect(JSON.stringify(span?.attributes)).not.toContain('hunter2');
  });
});

describe('a line of the log', () => {
  const token = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJhIn0'}.c2lnbmF0dXJl`;

  it.each([
    ['a bearer token', `Authorization: Bearer ${token}`, 'c2lnbmF0dXJl'],
    ['a token alone', `got ${token} from Entra`, 'eyJhbGci'],
    ['a key of the host', 'GET https://app.example/x?taskHub=a&code=Sk3y== failed', 'Sk3y'],
    ['a signature', 'blob https://a.example/b?sv=1&sig=abc%2Bdef', 'abc%2B'],
    ['a connection string', 'AccountName=a;AccountKey=Zm9vYmFy==;x', 'Zm9vYmFy'],
    ['a secret of a form', 'client_secret=hunter2&scope=x', 'hunter2'],
    ['a secret in JSON', '{"clientSecret": "hunter2"}', 'hunter2'],
    ['a password', 'Password = hunter2; Server=x', 'hunter2'],
    ['a device code', 'device_code: hunter2', 'hunter2'],
  ])('redacts %s', (_name, text, secret) => {
    expect(logLine('x.failed', { detail: text })).not.toContain(secret);
    expect(failureLine('x.failed', new Error(text))).not.toContain(secret);
  });

  it('keeps other texts, on one line', () => {
    const line = failureLine('timer.failed', new Error('status 503\nof storage'), {
      timer: 'tick',
    });

    expect(line).toBe(
      '{"event":"timer.failed","timer":"tick","code":"Error","message":"status 503\\nof storage"}',
    );
  });
});
