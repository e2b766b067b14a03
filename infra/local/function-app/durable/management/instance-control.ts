/** Management API for one instance: raise event, terminate, suspend, resume, rewind and purge. */
import type { ManagementResponse, ManagementRequest } from '../durable-runtime';
import type { Engine } from '../engine';
import { isJson } from '../json';
import * as operations from './operations';
import { message, notFound, type Route } from './route';

export async function raiseEvent(
  { headers, body }: ManagementRequest,
  engine: Engine,
  id: string,
  name: string,
): Promise<ManagementResponse> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
    return message(400, 'Only application/json request content is supported');
  if (body !== '' && !isJson(body)) return message(400, 'Invalid JSON content');
  return toResponse(await operations.raiseEvent(engine, id, name, body === '' ? null : body));
}

/** Route of `terminate`, `suspend` and `resume`. */
export function lifecycleRoute(
  operation: (engine: Engine, id: string, reason: string) => Promise<operations.OperationResult>,
): Route {
  return async ({ query }, engine, id) => {
    try {
      return toResponse(await operation(engine, id!, query.get('reason') ?? ''));
    } catch (error) {
      if (error instanceof operations.WrongStateError) return internalError(error);
      throw error;
    }
  };
}

const internalError = ({ name, message: text }: Error): ManagementResponse => ({
  status: 500,
  json: {
    Message: 'Something went wrong while processing your request',
    ExceptionMessage: text,
    ExceptionType: name,
  },
});

export async function rewind({ query }: ManagementRequest, engine: Engine, id: string) {
  const result = await operations.rewind(engine, id, query.get('reason') ?? '');
  if (result !== 'finished') return toResponse(result);
  const known = await engine.table.status(id);
  return {
    status: 412,
    json: `This orchestration has status ${known?.runtimeStatus}, but only orchestrations in the "Failed" state can be rewound.`,
  };
}

export async function purgeOne(_request: ManagementRequest, engine: Engine, id: string) {
  const result = await operations.purge(engine, id);
  if (result === 'missing') return notFound;
  if (result === 'done') return { status: 200, json: { instancesDeleted: 1 } };
  return {
    status: 412,
    json: `Only orchestrations in a terminal state can be purged, but ${id} is not finished.`,
  };
}

function toResponse(result: operations.OperationResult): ManagementResponse {
  return { status: { done: 202, finished: 410, missing: 404 }[result] };
}
