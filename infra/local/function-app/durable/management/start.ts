/** Starts an instance, and restarts one with its input. */
import type { ManagementResponse, ManagementRequest } from '../durable-runtime';
import type { Engine } from '../engine';
import { newId, type StartInput } from '../instance';
import { isJson } from '../json';
import { newTrace } from '../../worker/trace-parent';
import { managementUrls } from './management-urls';
import { validateInstanceId } from '../validation';
import { isFlag, message } from './route';

export async function start(
  request: ManagementRequest,
  engine: Engine,
  name: string,
  requestedId?: string,
): Promise<ManagementResponse> {
  if (request.body !== '' && !isJson(request.body)) return message(400, 'Invalid JSON content');
  const id = requestedId ?? newId();
  const violation = validateInstanceId(id);
  if (violation) return message(400, violation);
  return startInstance(request, engine, id, {
    name,
    input: request.body === '' ? undefined : request.body,
    version: request.query.get('version') ?? undefined,
  });
}

async function startInstance(
  request: ManagementRequest,
  engine: Engine,
  id: string,
  beginning: StartInput,
): Promise<ManagementResponse> {
  const traceParent = engine.options.distributedTracing
    ? (request.headers['traceparent'] ?? newTrace())
    : undefined;
  const existing = await engine.startInstance(id, { ...beginning, traceParent });
  if (existing)
    return message(
      409,
      `An Orchestration instance with the status ${existing.runtimeStatus} already exists.`,
    );
  const urls = managementUrls(request, engine.options.hubName, id);
  return {
    status: 202,
    headers: { Location: urls.statusQueryGetUri, 'Retry-After': '10' },
    json: urls,
  };
}

export async function restart(request: ManagementRequest, engine: Engine, id: string) {
  const known = await engine.table.status(id);
  if (!known) return message(400, 'InstanceId does not match a valid orchestration instance.');
  const { name, input } = known;
  const isNew = !isFlag(request.query, 'restartWithNewInstanceId', 'false');
  return startInstance(request, engine, isNew ? newId() : id, { name, input });
}
