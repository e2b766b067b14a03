/** The HTTP management API of the Durable extension, as far as its client and its documentation use it. */
import type { WebhookAnswer, WebhookRequest } from '../durable-runtime';
import { historyAnswer, statusAnswer } from './answers';
import type { Engine } from './engine';
import { newId, unfinished } from './instance';
import type { StatusFilter } from './instance-table';
import { managementUrls } from './management-urls';
import * as operations from './operations';
import { instanceIdRefusal, missing } from './refusals';

type Route = (
  request: WebhookRequest,
  engine: Engine,
  ...parts: string[]
) => Promise<WebhookAnswer>;

const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/orchestrators\/([^/]+)(?:\/([^/]+))?$/i, start],
  ['GET', /^\/instances\/?$/i, list],
  ['DELETE', /^\/instances\/?$/i, purgeMany],
  ['GET', /^\/instances\/([^/]+)$/i, status],
  ['DELETE', /^\/instances\/([^/]+)$/i, purgeOne],
  ['POST', /^\/instances\/([^/]+)\/raiseEvent\/([^/]+)$/i, raiseEvent],
  ['POST', /^\/instances\/([^/]+)\/terminate$/i, verb(operations.terminate)],
  ['POST', /^\/instances\/([^/]+)\/suspend$/i, verb(operations.suspend)],
  ['POST', /^\/instances\/([^/]+)\/resume$/i, verb(operations.resume)],
  ['POST', /^\/instances\/([^/]+)\/rewind$/i, rewind],
  ['POST', /^\/instances\/([^/]+)\/restart$/i, restart],
];

export async function handleManagement(
  request: WebhookRequest,
  engine: Engine,
): Promise<WebhookAnswer> {
  const refused = refusedHere(request, engine);
  if (refused) return answer(501, refused);
  if (engine.isStopping) return answer(503, 'The Durable runtime is stopping.');
  for (const [method, path, route] of routes) {
    const parts = path.exec(request.path);
    if (!parts || method !== request.method.toUpperCase()) continue;
    return route(
      request,
      engine,
      ...parts.slice(1).map((part) => part && decodeURIComponent(part)),
    );
  }
  return { status: 404 };
}

function refusedHere({ path, query }: WebhookRequest, engine: Engine): string | undefined {
  if (/^\/entities(\/|$)/i.test(path)) return 'The local Durable runtime has no entities.';
  if (query.has('timeout'))
    return 'The local Durable runtime does not wait for completion; ask for the status instead.';
  const hub = query.get('taskHub');
  if (hub && hub.toLowerCase() !== engine.options.hubName.toLowerCase())
    return `The local Durable runtime has one task hub, not '${hub}'.`;
  return undefined;
}

async function start(
  request: WebhookRequest,
  engine: Engine,
  name: string,
  given?: string,
): Promise<WebhookAnswer> {
  if (!engine.registered.orchestrators.has(name)) return answer(400, missing(name, 'orchestrator'));
  if (request.body !== '' && !isJson(request.body)) return answer(400, 'Invalid JSON content');
  const id = given ?? newId();
  const badId = instanceIdRefusal(id);
  if (badId) return answer(400, badId);
  return begun(request, engine, id, {
    name,
    input: request.body === '' ? undefined : request.body,
    version: request.query.get('version') ?? undefined,
  });
}

async function begun(
  request: WebhookRequest,
  engine: Engine,
  id: string,
  beginning: Parameters<Engine['begin']>[1],
): Promise<WebhookAnswer> {
  const there = await engine.begin(id, beginning);
  if (there)
    return answer(
      409,
      `An Orchestration instance with the status ${there.runtimeStatus} already exists.`,
    );
  const urls = managementUrls(request, engine.options.hubName, id);
  return {
    status: 202,
    headers: { Location: urls.statusQueryGetUri, 'Retry-After': '10' },
    json: urls,
  };
}

async function list({ query, headers }: WebhookRequest, engine: Engine): Promise<WebhookAnswer> {
  const top = Number(query.get('top') ?? 100);
  const page = await engine.table.list(
    filterOf(query),
    Math.min(Math.max(1, top || 1), 1000),
    headers['x-ms-continuation-token'],
  );
  const input = query.get('showInput')?.toLowerCase() !== 'false';
  const { statuses, continuationToken } = page;
  return {
    status: 200,
    ...(continuationToken && { headers: { 'x-ms-continuation-token': continuationToken } }),
    json: statuses.map((one) => statusAnswer(one, { input })),
  };
}

async function status(request: WebhookRequest, engine: Engine, id: string): Promise<WebhookAnswer> {
  const flag = (name: string) => request.query.get(name)?.toLowerCase();
  const shown = {
    input: flag('showInput') !== 'false',
    history: flag('showHistory') === 'true',
    historyOutput: flag('showHistoryOutput') === 'true',
  };
  const instance = shown.history ? (await engine.table.load(id))?.instance : undefined;
  const stored = instance ?? (await engine.table.status(id));
  if (!stored) return { status: 404 };

  const history = instance && historyAnswer(instance.execution.events, shown);
  const isRunning = unfinished.includes(stored.runtimeStatus);
  const isError =
    stored.runtimeStatus === 'Failed' && flag('returnInternalServerErrorOnFailure') === 'true';
  const { statusQueryGetUri } = managementUrls(request, engine.options.hubName, id);
  return {
    status: isRunning ? 202 : isError ? 500 : 200,
    ...(isRunning && { headers: { Location: statusQueryGetUri, 'Retry-After': '5' } }),
    // The extension says historyEvents, the library reads history.
    json: { ...statusAnswer(stored, shown), ...(history && { historyEvents: history, history }) },
  };
}

async function raiseEvent(
  { headers, body }: WebhookRequest,
  engine: Engine,
  id: string,
  name: string,
): Promise<WebhookAnswer> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
    return answer(400, 'Only application/json request content is supported');
  if (body !== '' && !isJson(body)) return answer(400, 'Invalid JSON content');
  return accepted(await operations.raiseEvent(engine, id, name, body === '' ? null : body));
}

function verb(
  operation: (engine: Engine, id: string, reason: string) => Promise<operations.Asked>,
): Route {
  return async ({ query }, engine, id) =>
    accepted(await operation(engine, id!, query.get('reason') ?? ''));
}

async function rewind({ query }: WebhookRequest, engine: Engine, id: string) {
  const asked = await operations.rewind(engine, id, query.get('reason') ?? '');
  if (asked !== 'over') return accepted(asked);
  const known = await engine.table.status(id);
  return {
    status: 412,
    json: `This orchestration has status ${known?.runtimeStatus}, but only orchestrations in the "Failed" state can be rewound.`,
  };
}

async function restart(request: WebhookRequest, engine: Engine, id: string) {
  const known = await engine.table.status(id);
  if (!known) return answer(400, 'InstanceId does not match a valid orchestration instance.');
  const { name, input } = known;
  const isNew = request.query.get('restartWithNewInstanceId')?.toLowerCase() !== 'false';
  return begun(request, engine, isNew ? newId() : id, { name, input });
}

async function purgeOne(_request: WebhookRequest, engine: Engine, id: string) {
  const asked = await operations.purge(engine, id);
  if (asked === 'missing') return { status: 404 };
  if (asked === 'done') return { status: 200, json: { instancesDeleted: 1 } };
  return {
    status: 412,
    json: `Only orchestrations in a terminal state can be purged, but ${id} is not finished.`,
  };
}

async function purgeMany({ query }: WebhookRequest, engine: Engine): Promise<WebhookAnswer> {
  const filter = filterOf(query);
  if (!filter.createdFrom)
    return answer(400, "Please provide value for 'createdTimeFrom' parameter.");
  let instancesDeleted = 0;
  for (const id of await engine.table.ids(filter))
    if ((await operations.purge(engine, id)) === 'done') instancesDeleted++;
  return instancesDeleted > 0 ? { status: 200, json: { instancesDeleted } } : { status: 404 };
}

function filterOf(query: URLSearchParams): StatusFilter {
  const date = (name: string) => {
    const at = new Date(query.get(name) ?? '');
    return Number.isNaN(at.getTime()) ? undefined : at;
  };
  return {
    createdFrom: date('createdTimeFrom'),
    createdTo: date('createdTimeTo'),
    statuses: query.getAll('runtimeStatus').flatMap((statuses) => statuses.split(',')),
    idPrefix: query.get('instanceIdPrefix') ?? undefined,
  };
}

function accepted(asked: operations.Asked): WebhookAnswer {
  return { status: { done: 202, over: 410, missing: 404 }[asked] };
}

const answer = (statusCode: number, message: string): WebhookAnswer => ({
  status: statusCode,
  json: { Message: message },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
