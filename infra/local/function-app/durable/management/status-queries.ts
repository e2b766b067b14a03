/** Queries the status of one instance or of many by filter, and purges many by the same filter. */
import type { ManagementResponse, ManagementRequest } from '../durable-runtime';
import { historyResponse, statusResponse } from './responses';
import type { Engine } from '../engine';
import { unfinished } from '../instance';
import type { StatusFilter } from '../storage/instance-table';
import { managementUrls } from './management-urls';
import { purge } from './operations';
import { isFlag, message, notFound } from './route';

export async function list(
  { query, headers }: ManagementRequest,
  engine: Engine,
): Promise<ManagementResponse> {
  const top = Number(query.get('top') ?? 100);
  const page = await engine.table.list(
    filterOf(query),
    Math.min(Math.max(1, top || 1), 1000),
    headers['x-ms-continuation-token'],
  );
  const input = !isFlag(query, 'showInput', 'false');
  const { statuses, continuationToken } = page;
  return {
    status: 200,
    ...(continuationToken && { headers: { 'x-ms-continuation-token': continuationToken } }),
    json: statuses.map((one) => statusResponse(one, { input })),
  };
}

export async function status(
  request: ManagementRequest,
  engine: Engine,
  id: string,
): Promise<ManagementResponse> {
  const { query } = request;
  const shown = {
    input: !isFlag(query, 'showInput', 'false'),
    history: isFlag(query, 'showHistory', 'true'),
    historyOutput: isFlag(query, 'showHistoryOutput', 'true'),
  };
  const instance = shown.history ? (await engine.table.load(id))?.instance : undefined;
  const stored = instance ?? (await engine.table.status(id));
  if (!stored) return notFound;

  const history = instance && historyResponse(instance.execution.events, shown);
  const isRunning = unfinished.includes(stored.runtimeStatus);
  const isError =
    stored.runtimeStatus === 'Failed' &&
    isFlag(query, 'returnInternalServerErrorOnFailure', 'true');
  const { statusQueryGetUri } = managementUrls(request, engine.options.hubName, id);
  return {
    status: isRunning ? 202 : isError ? 500 : 200,
    ...(isRunning && { headers: { Location: statusQueryGetUri, 'Retry-After': '5' } }),
    // The client library reads `history`, which the extension does not send.
    json: { ...statusResponse(stored, shown), ...(history && { historyEvents: history }) },
  };
}

export async function purgeMany(
  { query }: ManagementRequest,
  engine: Engine,
): Promise<ManagementResponse> {
  const filter = filterOf(query);
  if (!filter.createdFrom)
    return message(400, "Please provide value for 'createdTimeFrom' parameter.");
  let instancesDeleted = 0;
  for (const id of await engine.table.ids(filter))
    if ((await purge(engine, id)) === 'done') instancesDeleted++;
  return instancesDeleted > 0 ? { status: 200, json: { instancesDeleted } } : notFound;
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
