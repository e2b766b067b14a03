/** The instance of a problem leads to the log line of the failure. */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import {
  type AppError,
  NotFoundError,
  ThrottledError,
  UpstreamError,
} from '../../functions/errors/app-error';
import { owners } from '../../functions/http/caller';
import { endpoint } from '../../functions/http/endpoint';
import { createHandler } from '../../functions/http/handler';
import hostSettings from '../../host.json';
import { testServices } from '../support/context';

const invocationId = '0f0e1d2c-0000-4000-8000-0000000000ff';
const correlationId = '0f0e1d2c-0000-4000-8000-00000000cafe';
const trace = '0af7651916cd43dd8448eb211c80319c';

const failures: readonly (readonly [string, () => unknown])[] = [
  ['a refusal', () => new NotFoundError('sync_not_found', 'There is no such sync run.')],
  ['throttling', () => new ThrottledError('azure_throttled', 'Azure throttles.', 3)],
  ['an outage', () => new UpstreamError('azure_unavailable', 'No response.', true)],
  ['a bug', () => new TypeError('the password of the database is 1234')],
  ['a thrown text', () => 'not an error'],
];
const callers: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a correlation id', { 'x-correlation-id': correlationId }, `urn:uuid:${correlationId}`],
  ['a correlation text', { 'x-correlation-id': 'order-7' }, 'urn:correlation:order-7'],
  ['a trace', { traceparent: `00-${trace}-b7ad6b7169203331-01` }, `urn:trace:${trace}`],
  ['neither', {}, `urn:uuid:${invocationId}`],
];
const cases = failures.flatMap(([failure, errorOf]) =>
  callers.map(
    ([caller, headers, instance]) => [failure, caller, headers, instance, errorOf] as const,
  ),
);

describe('log line of a failure', () => {
  it.each(cases)('names the instance of %s for a caller with %s', async (...each) => {
    const [, , headers, instance, errorOf] = each;
    const { response, lines } = await fail(headers, errorOf());

    expect(response.jsonBody).toMatchObject({ instance });
    const [line, ...others] = lines.filter((text) => text.includes(instance));
    expect(others).toEqual([]);
    expect(line).toContain(`"code":"${(response.jsonBody as { code: string }).code}"`);
  });

  it('has the stack of a bug, which the response has not', async () => {
    const { response, lines } = await fail({}, failures[3]![1]());

    expect(lines.join()).toContain('failure-log.test.ts');
    expect(JSON.stringify(response)).not.toContain('password');
  });

  it('is not sampled', () => {
    const { excludedTypes } = hostSettings.logging.applicationInsights.samplingSettings;

    expect(excludedTypes.split(';')).toEqual(expect.arrayContaining(['Trace', 'Exception']));
  });

  it('names the instance of a refusal before the handler', async () => {
    const services = { ...testServices(), authenticate: () => Promise.reject(aRefusal()) };
    const { response, lines } = await fail({}, undefined, services);

    expect(response).toMatchObject({ status: 404 });
    expect(lines.join()).toContain(`urn:uuid:${invocationId}`);
  });
});

const aRefusal = (): AppError => new NotFoundError('sync_not_found', 'There is no such sync run.');

async function fail(
  headers: Record<string, string>,
  error: unknown,
  services = testServices(),
): Promise<{ readonly response: HttpResponseInit; readonly lines: readonly string[] }> {
  const failing = endpoint({
    method: 'GET',
    route: 'things',
    summary: 'List things',
    allow: owners,
    responses: { 200: undefined },
    handle: () => Promise.reject(error as Error),
  });
  const lines: string[] = [];
  const context = new InvocationContext({
    invocationId,
    logHandler: (_level, ...parts) =>
      void lines.push(
        parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '),
      ),
  });
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/things', headers });
  const response = (await createHandler(failing, () => services)(
    request,
    context,
  )) as HttpResponseInit;
  return { response, lines };
}
